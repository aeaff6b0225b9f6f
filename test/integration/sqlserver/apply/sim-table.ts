import type { Cell, Change, ChangeOp, Shape } from '../../../../src/core/change.js';
import { UNCHANGED } from '../../../../src/core/change.js';

export interface SimColumn {
  readonly name: string;
  readonly key?: boolean;
  /** An update that does not set it leaves it out, as the log of a large value does. */
  readonly large?: boolean;
  /** Cells are bytes as they are. */
  readonly raw?: boolean;
}

export type SimValue = string | Buffer | null;
export type SimRow = Readonly<Record<string, SimValue>>;

/** A source table in memory: it keeps rows and says what a feed would say of their changes. */
export class SimTable {
  readonly shape: Shape;
  private readonly rows = new Map<string, SimRow>();
  private changes: Change[] = [];

  constructor(
    name: string,
    readonly columns: readonly SimColumn[],
    schema = 'dbo',
  ) {
    const shaped = columns.map((column) => ({
      name: column.name,
      type: 'text(*)',
      key: column.key === true,
    }));
    this.shape = { table: { schema, table: name }, columns: shaped, wire: 'sqlserver' };
  }

  /** False where the key is taken. */
  insert(row: SimRow): boolean {
    if (this.rows.has(this.keyOf(row))) return false;
    this.rows.set(this.keyOf(row), row);
    this.say('i', null, this.cells(row));
    return true;
  }

  /** False where there is no such row or the new key is taken. */
  update(key: SimRow, set: SimRow): boolean {
    const old = this.rows.get(this.keyOf(key));
    if (old === undefined) return false;
    const row = { ...old, ...set };
    const moved = this.keyOf(row) !== this.keyOf(old);
    if (moved && this.rows.has(this.keyOf(row))) return false;
    this.rows.delete(this.keyOf(old));
    this.rows.set(this.keyOf(row), row);
    const cells = this.cells(row).map((cell, i) => {
      const column = this.columns[i];
      return column?.large === true && !(column.name in set) ? UNCHANGED : cell;
    });
    this.say('u', moved ? this.keyCells(old) : null, cells);
    return true;
  }

  delete(key: SimRow): boolean {
    const old = this.rows.get(this.keyOf(key));
    if (old === undefined) return false;
    this.rows.delete(this.keyOf(old));
    this.say('d', this.keyCells(old), null);
    return true;
  }

  truncate(): void {
    this.rows.clear();
    this.say('t', null, null);
  }

  /** What happened since the last call. */
  take(): Change[] {
    const taken = this.changes;
    this.changes = [];
    return taken;
  }

  all(): SimRow[] {
    return [...this.rows.values()];
  }

  private say(op: ChangeOp, oldKey: readonly Cell[] | null, row: readonly Cell[] | null): void {
    const formats = Uint8Array.from(this.columns, (column) => (column.raw === true ? 1 : 0));
    this.changes.push({
      shape: this.shape,
      op,
      oldKey,
      row,
      formats: row === null ? null : formats,
      oldKeyFormats: oldKey === null ? null : formats,
      bytes: 100,
    });
  }

  private cells(row: SimRow): Cell[] {
    return this.columns.map((column) => cell(row[column.name] ?? null));
  }

  private keyCells(row: SimRow): Cell[] {
    return this.columns.map((column) =>
      column.key === true ? cell(row[column.name] ?? null) : null,
    );
  }

  private keyOf(row: SimRow): string {
    const key = this.columns.filter((column) => column.key === true);
    return JSON.stringify(key.map((column) => String(row[column.name])));
  }
}

function cell(value: SimValue): Cell {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
