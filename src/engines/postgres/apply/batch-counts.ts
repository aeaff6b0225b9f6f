import type { BatchCounter, TableCounts } from '../../contract/batch-counter.js';
import { int8Array } from './binary-values.js';
import type { Missing } from './run-steps.js';
import { ADD_COUNTS } from './sql/lane.js';
import type { StatementNames } from './statement-names.js';
import type { Step } from './steps.js';

const INT8_ARRAY = 1016;

/** The statement that adds all counts of a batch to sluice.table_feed. */
export function countSteps(counter: BatchCounter, missing: Missing, names: StatementNames): Step[] {
  if (counter.isEmpty) return [];
  const rows = counter.byTable();
  const column = (pick: (counts: TableCounts, id: string) => number) =>
    int8Array(rows.map(([id, counts]) => BigInt(pick(counts, id))));
  const values = [
    int8Array(rows.map(([id]) => BigInt(id))),
    column((counts) => counts.inserts),
    column((counts) => counts.updates),
    column((counts) => counts.deletes),
    column((counts) => counts.truncates),
    column((_, id) => missing.get(id) ?? 0),
    column((counts) => counts.parkedRows),
    column((counts) => counts.parkedBytes),
  ];
  const types = values.map(() => INT8_ARRAY);
  return [{ tableId: null, statement: names.statement(ADD_COUNTS, types, values), expected: null }];
}
