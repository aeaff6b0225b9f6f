import type { Change } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { fillFrom, isWhole } from '../../../core/cell.js';
import type { LaneMember } from '../../contract/lane.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { replaceable } from './apply-segment.js';
import type { OpCounts, Segment } from './segment.js';
import { countOps, segmentOf } from './segment.js';
import type { FetchFromSource } from './source-fetch.js';
import type { Written } from './sql/write.js';
import {
  deleteSql,
  fillSql,
  insertSql,
  lackingSql,
  markSql,
  rekeySql,
  takeOutSql,
  updateSql,
} from './sql/write.js';
import type { StagedRow, StageOp } from './staged-rows.js';
import { foldedRows } from './staged-rows.js';
import type { Stages } from './stages.js';
import type { TablePlan } from './table-plan.js';

export interface CatchUpTools {
  readonly query: Query;
  readonly stages: Stages;
  readonly member: LaneMember;
  readonly fetch: FetchFromSource | null;
}

/**
 * Apply a run of one shape to a table that is being copied. The copy may hold any of these changes
 * already, or none of their rows: every row is put or removed by its key, whatever is there.
 * Returns the rows that were skipped because neither side has them any more.
 */
export async function applyToCopy(
  tools: CatchUpTools,
  plan: TablePlan,
  changes: readonly Change[],
): Promise<number> {
  const rows = foldedRows(plan, changes);
  const run = await CatchUp.begin(tools, plan, rows);
  await run.removeGone();
  await run.takeMoved();
  await run.put();
  const lacking = await run.lacking();
  if (lacking.length === 0) return 0;
  const fetched = await fetchRest(tools.fetch, plan, lacking);
  if (fetched.length > 0) {
    const whole = fetched.map((row): StagedRow => ({ op: 'u', find: row, row }));
    await (await CatchUp.begin(tools, plan, whole)).put();
  }
  return lacking.length - fetched.length;
}

class CatchUp {
  private readonly range: readonly Param[];
  private readonly counts: OpCounts;
  private readonly written: Written;

  private constructor(
    private readonly query: Query,
    private readonly segment: Segment,
    private readonly rows: readonly StagedRow[],
    stage: string,
  ) {
    const { plan, heads, ops, seg } = segment;
    this.written = { plan, heads, stage };
    this.counts = countOps(ops);
    this.range = [
      param.int('seg', seg),
      param.int('first', 1),
      param.int('last', Math.max(1, rows.length)),
    ];
  }

  static async begin(
    { query, stages, member }: CatchUpTools,
    plan: TablePlan,
    rows: readonly StagedRow[],
  ): Promise<CatchUp> {
    const seg = await stages.load(plan, rows);
    const segment = segmentOf(member, plan, rows, { seg, order: 'any' });
    return new CatchUp(query, segment, rows, stages.nameOf(plan));
  }

  async removeGone(): Promise<void> {
    if (this.counts.d > 0) await this.run(deleteSql(this.written), 'd');
    if (this.counts.e > 0) await this.run(deleteSql(this.written), 'e');
  }

  /** Rows leave their old keys before any new key is looked at: keys may have been exchanged. */
  async takeMoved(): Promise<void> {
    if (this.counts.m === 0) return;
    const { partial } = this.segment;
    if (partial.size > 0) await this.query(fillSql(this.written, partial), this.range);
    await this.run(deleteSql(this.written), 'm');
    await this.query(rekeySql(this.written), this.range);
  }

  async put(): Promise<void> {
    const { plan } = this.written;
    for (const op of this.puts()) {
      await this.run(markSql(this.written), op);
      // Values that another unique index holds may have been exchanged.
      if (plan.table.uniques > 1) await this.query(takeOutSql(this.written), this.of(op));
    }
    const set = replaceable(plan);
    const text = updateSql(this.written, set, this.segment.partial);
    for (const op of set.length > 0 ? this.puts() : []) await this.run(text, op, op);
    if (this.puts().length > 0) await this.query(insertSql(this.written), this.range);
  }

  /** The rows that are neither there nor whole. */
  async lacking(): Promise<Image[]> {
    if (this.segment.partial.size === 0) return [];
    const found = await this.query<{ n: number }>(lackingSql(this.written), this.range);
    return found.flatMap(({ n }) => this.rows[n - 1]?.row ?? []);
  }

  private puts(): StageOp[] {
    return (['u', 'i', 'm'] as const).filter((op) => this.counts[op] > 0);
  }

  private async run(text: string, op: StageOp, other?: StageOp): Promise<void> {
    const also = other === undefined ? [] : [param.nvarchar('other', other)];
    await this.query(text, [...this.of(op), ...also]);
  }

  private of(op: StageOp): readonly Param[] {
    return [...this.range, param.nvarchar('op', op)];
  }
}

/** Whole rows of those that the source still has. */
async function fetchRest(
  fetch: FetchFromSource | null,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<Image[]> {
  if (fetch === null) return [];
  const whole: Image[] = [];
  for (const row of rows) {
    const found = await fetch({ shape: plan.shape, row });
    const filled = found === null ? row : fillFrom(row, found);
    if (isWhole(filled)) whole.push(filled);
  }
  return whole;
}
