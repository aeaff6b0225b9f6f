import type { Change } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { fillFrom } from '../../../core/cell.js';
import type { Position } from '../../contract/feed.js';
import type { LaneMember } from '../../contract/lane.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { replaceable } from './apply-segment.js';
import type { OpCounts, Segment } from './segment.js';
import { countOps, segmentOf } from './segment.js';
import { valuesUnknown, type FetchFromSource } from '../../contract/source-fetch.js';
import type { Written } from './sql/write.js';
import {
  deleteSql,
  guessSql,
  insertSql,
  lackingSql,
  markSql,
  rekeySql,
  settleSql,
  takeOutSql,
  updateSql,
} from './sql/write.js';
import type { StagedRow, StageOp } from './staged-rows.js';
import { foldedRows, unknownColumns } from './staged-rows.js';
import type { Stages } from './stages.js';
import type { TablePlan } from './table-plan.js';

export interface CatchUpTools {
  readonly query: Query;
  readonly stages: Stages;
  readonly member: LaneMember;
  readonly fetch: FetchFromSource | null;
  /** Is told up to where a row that was fetched may have seen. */
  readonly saw: (position: Position) => void;
}

/**
 * Apply a run of one shape to a table that is being copied. The copy may hold any of these changes
 * already, or none of their rows: every row is put or removed by its key, whatever is there.
 * Returns the rows that were skipped because neither side has them any more.
 *
 * A row that moves to another key and does not bring all of its values (large ones that it left as
 * they were) cannot take them from its old key: the copy may have read another row there, one that
 * came later. How the row at the old key looks tells nothing either, as an update before may have
 * made it look so. Where the copy has a row at the new key, that is this one, or one that came there
 * after it left; else the source is asked for the row that it has there now. Either is right: a row
 * that has moved on since, or was deleted, has another change that comes later, so the last of its
 * moves finds the row itself. Values that are newer than the change come again by their own changes.
 * Where the source has no such row, those of the old key have to do until then. The table is cut
 * over when the stream has brought all that a row which was fetched may have seen.
 *
 * Rows of Change Tracking are whole, and so are inserts and deletes, as which Change Data Capture
 * tells most changes of a key: for those nothing is taken from anywhere.
 *
 * @throws SluiceError FEED_GAP where the source would have to be asked and cannot be
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
  const guessed = await run.put();
  const lacking = await run.lacking();
  const fetched = await fetchRest(tools, plan, [...guessed, ...lacking]);
  const whole = fetched.flatMap((row): StagedRow[] =>
    row === null ? [] : [{ op: 'u', find: row, row }],
  );
  if (whole.length > 0) await (await CatchUp.begin(tools, plan, whole)).put();
  return fetched.slice(guessed.length).filter((row) => row === null).length;
}

export class CatchUp {
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
    if (partial.size > 0) await this.query(guessSql(this.written, partial), this.range);
    await this.run(deleteSql(this.written), 'm');
    await this.query(rekeySql(this.written), this.range);
  }

  /** Returns the rows whose values, as far as they did not bring them, are those of their old keys. */
  async put(): Promise<Image[]> {
    const { plan } = this.written;
    const guessed: Image[] = [];
    for (const op of this.puts()) {
      await this.run(markSql(this.written), op);
      if (op === 'm') guessed.push(...(await this.settle()));
      // Values that another unique index holds may have been exchanged.
      if (plan.table.uniques > 1) await this.query(takeOutSql(this.written), this.of(op));
    }
    const set = replaceable(plan);
    const text = updateSql(this.written, set, this.segment.partial);
    for (const op of set.length > 0 ? this.puts() : []) await this.run(text, op, op);
    if (this.puts().length > 0) await this.query(insertSql(this.written), this.range);
    return guessed;
  }

  private async settle(): Promise<Image[]> {
    const { partial } = this.segment;
    return partial.size === 0 ? [] : this.imagesOf(settleSql(this.written, partial));
  }

  /** The rows that are neither there nor whole. */
  async lacking(): Promise<Image[]> {
    return this.segment.partial.size === 0 ? [] : this.imagesOf(lackingSql(this.written));
  }

  private async imagesOf(numbers: string): Promise<Image[]> {
    const found = await this.query<{ n: number }>(numbers, this.range);
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

/** For each row the whole one; null where the source has it no more. */
async function fetchRest(
  { fetch, saw, member }: CatchUpTools,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<(Image | null)[]> {
  const answers = await fetchRows({ fetch, saw, member }, plan, rows);
  return rows.map((row, n) => {
    const answer = answers[n] ?? null;
    if (answer === null) return null;
    const filled = fillFrom(row, answer);
    if (unknownColumns(plan, filled).length > 0) throw valuesUnknown(member.source);
    return filled;
  });
}

/**
 * What the source has at the keys of these rows; null: none.
 *
 * @throws SluiceError FEED_GAP where it cannot be asked
 */
export async function fetchRows(
  { fetch, saw, member }: Pick<CatchUpTools, 'fetch' | 'saw' | 'member'>,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<(Image | null)[]> {
  if (rows.length === 0) return [];
  const key = plan.key.map(({ target }) => target.name);
  const fetched = await fetch?.(plan.shape, rows, key);
  if (fetched?.seen != null) saw(fetched.seen);
  return rows.map((_, n) => {
    const answer = fetched?.answers[n] ?? 'unknown';
    if (answer === 'unknown') throw valuesUnknown(member.source);
    return answer === 'none' ? null : answer;
  });
}
