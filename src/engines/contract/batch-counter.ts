import type { BatchEntry } from './batch-entry.js';

export interface TableCounts {
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  parkedRows: number;
  parkedBytes: number;
}

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

  /** Always in one order: two transactions that wait for each other's rows would be a deadlock. */
  byTable(): readonly (readonly [tableId: string, counts: Readonly<TableCounts>])[] {
    return [...this.tables].sort(([a], [b]) => Number(BigInt(a) - BigInt(b)));
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
