import type { BatchEntry } from './batch-entry.js';
import type { Missing } from './run-steps.js';
import { int8Array } from './binary-values.js';
import { ADD_COUNTS } from './sql/lane.js';
import type { StatementNames } from './statement-names.js';
import type { Step } from './steps.js';

interface TableCounts {
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  parkedRows: number;
  parkedBytes: number;
}

const INT8_ARRAY = 1016;

/** What the source did, counted by table while a batch is written. */
export class BatchCounter {
  private readonly tables = new Map<string, TableCounts>();

  get isEmpty(): boolean {
    return this.tables.size === 0;
  }

  add({ change, member }: BatchEntry): void {
    const counts = this.countsOf(member.tableId);
    if (member.applies) {
      if (change.op === 'i') counts.inserts += 1;
      else if (change.op === 'u') counts.updates += 1;
      else if (change.op === 'd') counts.deletes += 1;
      else counts.truncates += 1;
    }
    if (member.parks) {
      counts.parkedRows += 1;
      counts.parkedBytes += change.bytes;
    }
  }

  total(what: keyof TableCounts): number {
    let sum = 0;
    for (const counts of this.tables.values()) sum += counts[what];
    return sum;
  }

  /** The statement that adds all counts to sluice.table_feed. */
  steps(missing: Missing, names: StatementNames): Step[] {
    if (this.isEmpty) return [];
    // Always in one order: two transactions that wait for each other's rows would be a deadlock.
    const rows = [...this.tables].sort(([a], [b]) => Number(BigInt(a) - BigInt(b)));
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
    return [
      { tableId: null, statement: names.statement(ADD_COUNTS, types, values), expected: null },
    ];
  }

  private countsOf(tableId: string): TableCounts {
    let counts = this.tables.get(tableId);
    if (counts === undefined) {
      counts = { inserts: 0, updates: 0, deletes: 0, truncates: 0, parkedRows: 0, parkedBytes: 0 };
      this.tables.set(tableId, counts);
    }
    return counts;
  }
}
