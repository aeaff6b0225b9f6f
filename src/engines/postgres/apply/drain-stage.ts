import type pg from 'pg';
import type { Change } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { fillFrom, isWhole, unchangedColumns } from '../../../core/cell.js';
import type { Folded } from '../../../core/fold.js';
import { foldChanges } from '../../../core/fold.js';
import type { CompileTools } from './compile.js';
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
  const deletes = folded.deletes.map(({ key: gone }) => ({ key: gone, expected: false }));
  const updates = folded.updates.map(({ row }) => row);
  const whole = [...updates.filter(isWhole), ...folded.inserts];
  await run(client, tools, plan, { ...NOTHING, deletes });
  const moved = await takeOut(client, tools, plan, folded.moves);
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

/** Rows leave their old keys before any new key is looked at: keys may have been exchanged. */
async function takeOut(
  client: pg.Client,
  tools: StageTools,
  plan: TablePlan,
  moves: Folded['moves'],
): Promise<{ row: Image; filled: Image }[]> {
  const result: { row: Image; filled: Image }[] = [];
  for (const { items } of groupByUnchanged(moves, ({ row }) => row, plan)) {
    const left = new Set(unchangedColumns(items[0]?.row ?? { cells: [], formats: null }));
    const kept = plan.columns.filter((column) => left.has(column.index));
    const froms = items.map(({ from }) => from);
    const answers = await askRows(
      client,
      tools.names,
      keyFields(plan, froms),
      items.length,
      (source) => takeOutSql(plan, source, kept),
    );
    items.forEach(({ row }, i) => {
      const values = answers.get(i);
      const width = plan.shape.columns.length;
      const filled = values === undefined ? row : fillFrom(row, textImage(width, kept, values));
      result.push({ row, filled });
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
      else whole.push(fillFrom(row, found));
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
