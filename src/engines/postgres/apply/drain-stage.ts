import type pg from 'pg';
import type { Change } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { fillFrom, isWhole, unchangedColumns } from '../../../core/cell.js';
import type { Folded } from '../../../core/fold.js';
import { foldChanges } from '../../../core/fold.js';
import type { CompileTools } from './compile.js';
import { meansOthers } from './compile.js';
import { foldedSteps, settable } from './folded-steps.js';
import { askRows, textImage } from './numbered-rows.js';
import { runSteps } from './run-steps.js';
import type { FetchFromSource } from './source-fetch.js';
import { takeOutSql, updateFoundSql } from './sql/stage.js';
import { groupByUnchanged, keyFields, valueFields } from './steps.js';
import type { TablePlan } from './table-plan.js';

export interface StageTools extends CompileTools {
  readonly tableId: string;
  readonly fetch: FetchFromSource | null;
}

const NOTHING: Folded = { deletes: [], moves: [], updates: [], inserts: [] };

/**
 * Apply a run of one shape to a stage. The copy may hold any of these changes already, or none of
 * their rows: every row is put or removed by its key, whatever is there. Returns the rows that
 * were skipped because neither the stage nor the source has them any more.
 */
export async function applyToStage(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  changes: readonly Change[],
): Promise<number> {
  const key = plan.key.map((column) => column.index);
  const folded = foldChanges(changes, key);
  if (changes.length > 1 && meansOthers(plan, folded)) {
    let skipped = 0;
    for (const change of changes) skipped += await applyToStage(client, tools, plan, [change]);
    return skipped;
  }
  const deletes = folded.deletes.map(({ key: gone }) => ({ key: gone, expected: false }));
  const updates = folded.updates.map(({ row }) => row);
  const whole = [...updates.filter(isWhole), ...folded.inserts];
  await run(client, tools, plan, { ...NOTHING, deletes });
  const moved = await askSource(tools, plan, await takeOut(client, tools, plan, folded.moves));
  const partial = [...updates.filter((row) => !isWhole(row)), ...moved.map(({ row }) => row)];
  const absent = await updateFound(client, tools, plan, partial);
  const kept = new Map(moved.map(({ row, filled }) => [row, filled]));
  const filled = absent.map((row) => kept.get(row) ?? row);
  const fetched = await fetchRest(
    tools,
    plan,
    filled.filter((row) => !isWhole(row)),
  );
  await put(client, tools, plan, [...whole, ...filled.filter(isWhole), ...fetched.rows]);
  return fetched.skipped;
}

interface Moved {
  readonly row: Image;
  /** With the values that it had where it came from. */
  readonly filled: Image;
  /** Those are its own. */
  readonly sure: boolean;
}

/** Rows leave their old keys before any new key is looked at: keys may have been exchanged. */
async function takeOut(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  moves: Folded['moves'],
): Promise<Moved[]> {
  const result: Moved[] = [];
  for (const { columns, items } of groupByUnchanged(moves, ({ row }) => row, plan)) {
    const kept = plan.columns.filter((column) => !columns.includes(column));
    const froms = items.map(({ from }) => from);
    const known = columns.filter((column) => !plan.key.includes(column));
    const rows = items.map(({ row }) => row);
    const fields = [...keyFields(plan, froms), ...valueFields(known, rows)];
    const answers = await askRows(client, tools.names, fields, items.length, (source) =>
      takeOutSql(plan, source, { known, kept }),
    );
    rows.forEach((row, i) => {
      const [alike, ...values] = answers.get(i) ?? [];
      if (alike === undefined) return result.push({ row, filled: row, sure: true });
      const filled = fillFrom(row, textImage(plan.shape.columns.length, kept, values));
      return result.push({ row, filled, sure: alike === 'true' });
    });
  }
  return result;
}

/**
 * The copy may have read another row at the old key, one that came there later. A row that was not
 * alike may be such a one: where the source has one at the new key that is alike, its values count.
 */
async function askSource(
  tools: StageTools,
  plan: TablePlan,
  moved: readonly Moved[],
): Promise<Moved[]> {
  const result = moved.filter(({ sure }) => sure);
  const unsure = moved.filter(({ sure }) => !sure);
  for (const { items } of groupByUnchanged(unsure, ({ row }) => row, plan)) {
    const rows = items.map(({ row }) => row);
    const left = unchangedColumns(rows[0] ?? { cells: [], formats: null });
    const fetched = await tools.fetch?.({ shape: plan.shape, rows, columns: left });
    items.forEach((one, i) => {
      const found = fetched?.[i];
      result.push(
        found?.alike === true ? { ...one, filled: fillFrom(one.row, found.values) } : one,
      );
    });
  }
  return result;
}

/** Update what is there; returns the rows that are not. */
async function updateFound(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<Image[]> {
  const absent: Image[] = [];
  for (const { columns, items } of groupByUnchanged(rows, (row) => row, plan)) {
    const set = settable(plan, columns);
    const fields = [...keyFields(plan, items), ...valueFields(set, items)];
    const found = await askRows(client, tools.names, fields, items.length, (source) =>
      updateFoundSql(plan, source, set),
    );
    absent.push(...items.filter((_, i) => !found.has(i)));
  }
  return absent;
}

async function fetchRest(
  tools: StageTools,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<{ rows: Image[]; skipped: number }> {
  const whole: Image[] = [];
  let skipped = 0;
  for (const { items } of groupByUnchanged(rows, (row) => row, plan)) {
    const columns = unchangedColumns(items[0] ?? { cells: [], formats: null });
    const fetched = await tools.fetch?.({ shape: plan.shape, rows: items, columns });
    items.forEach((row, i) => {
      const found = fetched?.[i] ?? null;
      if (found === null) skipped += 1;
      else whole.push(fillFrom(row, found.values));
    });
  }
  return { rows: whole, skipped };
}

async function put(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  rows: readonly Image[],
): Promise<void> {
  const updates = rows.map((row) => ({ key: row, row }));
  const untouched = settable(plan, plan.columns).length === 0;
  if (!untouched) return run(client, tools, plan, { ...NOTHING, updates });
  // All columns are the key: there is nothing to update, only to have.
  const deletes = rows.map((row) => ({ key: row, expected: false }));
  await run(client, tools, plan, { ...NOTHING, deletes, inserts: rows });
}

async function run(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  folded: Folded,
): Promise<void> {
  const { tableId, names } = tools;
  const steps = foldedSteps({ tableId, plan, names, mode: 'mend' }, folded);
  if (steps.length > 0) await runSteps(client, steps, new Map());
}
