import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { sharedKeyMessage } from '../../contract/shared-key.js';
import { isLooselyEqual } from '../full-sync/compare-sql.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { identityChanged } from './identity-changed.js';
import type { OpCounts, Segment } from './segment.js';
import { countOps } from './segment.js';
import type { Written } from './sql/write.js';
import {
  absentSql,
  deleteSql,
  fillSql,
  insertSql,
  markSql,
  markStayingSql,
  renumberedSql,
  takeOutSql,
  updateSql,
} from './sql/write.js';
import type { StageOp } from './staged-rows.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

/** reinsert: rows that exchange unique values leave the table and come back. */
export type Mode = 'set' | 'reinsert';

/**
 * Bring a segment into its table, inside the caller's transaction: delete, update what is there,
 * insert what is not. Returns how many rows were not as the changes expect them.
 *
 * @throws SluiceError; ROW_REJECTED also when a statement does not write what it was sent for
 */
export async function applySegment(
  query: Query,
  segment: Segment,
  stage: string,
  mode: Mode,
): Promise<number> {
  const { plan, heads, ops, groups } = segment;
  const run = new SegmentRun(query, segment, { plan, stage, heads });
  const allowed = plan.reinsertable ? mode : 'set';
  let missing = 0;
  let first = 0;
  for (const end of groups) {
    missing += await run.rows(first + 1, end, countOps(ops.slice(first, end)), allowed);
    first = end;
  }
  return missing;
}

/** What an update of a row at its own key may set. */
export function settable(plan: TablePlan): readonly PlanColumn[] {
  return plan.columns.filter((column) => !plan.key.includes(column) && !column.target.identity);
}

/** What a whole row may set where one with an equal key is: the key too, if it is written otherwise. */
export function replaceable(plan: TablePlan): readonly PlanColumn[] {
  return movable(plan).filter(
    (column) => !plan.key.includes(column) || isLooselyEqual(column.target),
  );
}

function movable(plan: TablePlan): readonly PlanColumn[] {
  return plan.columns.filter((column) => !column.target.identity);
}

function keyIsTaken({ table }: TablePlan): SluiceError {
  return new SluiceError('ROW_REJECTED', sharedKeyMessage(table.name), {
    remedy: 'Resync the table.',
  });
}

class SegmentRun {
  private range: readonly Param[] = [];

  constructor(
    private readonly query: Query,
    private readonly segment: Segment,
    private readonly written: Written,
  ) {}

  async rows(first: number, last: number, counts: OpCounts, mode: Mode): Promise<number> {
    const { seg } = this.segment;
    this.range = [param.int('seg', seg), param.int('first', first), param.int('last', last)];
    let missing = 0;
    if (counts.d > 0) missing += counts.d - (await this.count(deleteSql(this.written), 'd'));
    if (counts.e > 0) await this.count(deleteSql(this.written), 'e');
    const found = {
      u: await this.mark('u', counts),
      i: await this.mark('i', counts),
      m: await this.mark('m', counts),
    };
    if (this.segment.sharesKeys && found.i > 0) throw keyIsTaken(this.written.plan);
    missing += counts.u - found.u + found.i + counts.m - found.m;
    const reinsert = mode === 'reinsert' || (await this.mustReinsert(found));
    if (reinsert) await this.takeOut(found);
    else await this.update(found);
    await this.insert(counts, found, reinsert);
    return missing;
  }

  private async mark(op: StageOp, counts: OpCounts): Promise<number> {
    // Without a key a row that is equal to an inserted one is another row.
    const another = op === 'i' && this.written.plan.keyless;
    if (counts[op] === 0 || another) return 0;
    const leave = op === 'i' && counts.m > 0;
    return this.count(leave ? markStayingSql(this.written) : markSql(this.written), op);
  }

  /** A changed identity value: no UPDATE can set it. */
  private async mustReinsert(found: { u: number; i: number; m: number }): Promise<boolean> {
    const { plan } = this.written;
    const identity = plan.columns.find((column) => column.target.identity);
    if (identity === undefined) return false;
    const moved = plan.key.includes(identity)
      ? found.m
      : found.u + found.i > 0 && (await this.count(renumberedSql(this.written)));
    if (moved === 0 || moved === false) return false;
    if (plan.reinsertable) return true;
    throw identityChanged(plan.table);
  }

  private async update(found: { u: number; i: number; m: number }): Promise<void> {
    const { plan } = this.written;
    const { partial } = this.segment;
    const set = found.i > 0 ? replaceable(plan) : settable(plan);
    if (found.u + found.i > 0 && set.length > 0) {
      const text = updateSql(this.written, set, partial);
      this.expect(await this.count(text, 'u', 'i'), found.u + found.i);
    }
    if (found.m > 0) {
      const text = updateSql(this.written, movable(plan), partial);
      this.expect(await this.count(text, 'm', 'm'), found.m);
    }
  }

  /** Rows that leave out values stay where they are, and are updated while the others are out. */
  private async takeOut(found: { u: number; i: number; m: number }): Promise<void> {
    const { plan } = this.written;
    const { partial } = this.segment;
    if (found.m > 0 && partial.size > 0)
      await this.query(fillSql(this.written, partial), this.range);
    for (const op of ['m', 'u', 'i'] as const) {
      if (found[op] > 0) await this.count(takeOutSql(this.written), op);
    }
    if (found.u > 0 && partial.size > 0 && settable(plan).length > 0) {
      await this.count(updateSql(this.written, settable(plan), partial), 'u', 'u');
    }
  }

  private async insert(
    counts: OpCounts,
    found: { u: number; i: number; m: number },
    reinsert: boolean,
  ): Promise<void> {
    const puts = counts.u + counts.i + counts.m;
    if (puts === 0) return;
    const simple = !reinsert && this.segment.partial.size === 0;
    const absent = simple
      ? puts - found.u - found.i - found.m
      : await this.count(absentSql(this.written));
    if (absent > 0) this.expect(await this.count(insertSql(this.written)), absent);
  }

  private async count(text: string, op?: StageOp, other?: StageOp): Promise<number> {
    const kinds = [
      ...(op === undefined ? [] : [param.nvarchar('op', op)]),
      ...(other === undefined ? [] : [param.nvarchar('other', other)]),
    ];
    const rows = await this.query<{ n: number }>(text, [...this.range, ...kinds]);
    return rows[0]?.n ?? 0;
  }

  /** An index that ignores duplicates, or a key that is not unique here, would go unnoticed. */
  private expect(written: number, sent: number): void {
    if (written === sent) return;
    const name = displayName(this.written.plan.table.name);
    throw new SluiceError(
      'ROW_REJECTED',
      `The target table ${name} took ${String(written)} of ${String(sent)} rows.`,
      { remedy: 'Look for an index with IGNORE_DUP_KEY or a key that is not unique there.' },
    );
  }
}
