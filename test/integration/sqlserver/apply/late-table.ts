import fc from 'fast-check';
import type { Cell, Change, ChangeOp, Shape } from '../../../../src/core/change.js';
import { UNCHANGED } from '../../../../src/core/change.js';

interface Row {
  id: number;
  v: string;
  big: string;
}

/** What one statement of a transaction does. */
export type Step = (rows: Row[], table: LateTable) => void;

/**
 * A table of PostgreSQL in memory, whose key has to be unique when a transaction ends: changes bring
 * whole old rows, and leave out a large value that stays as it is.
 */
export class LateTable {
  readonly shape: Shape = {
    table: { schema: 'dbo', table: 'late' },
    columns: ['id', 'v', 'big'].map((name) => ({ name, type: 'text(*)', key: true })),
    wire: 'sqlserver',
  };
  rows: Row[] = [];
  private changes: Change[] = [];

  /** One transaction; nothing where two rows would have one key in the end. */
  run(steps: readonly Step[]): void {
    const before = this.rows.map((row) => ({ ...row }));
    const said = this.changes.length;
    for (const step of steps) step([...this.rows], this);
    if (new Set(this.rows.map(({ id }) => id)).size === this.rows.length) return;
    this.rows = before;
    this.changes.length = said;
  }

  insert(row: Row): void {
    this.rows.push(row);
    this.say('i', null, cells(row));
  }

  update(row: Row, set: Partial<Row>): void {
    const old = cells(row);
    Object.assign(row, set);
    const [id, v, big] = cells(row);
    this.say('u', old, [id ?? null, v ?? null, 'big' in set ? (big ?? null) : UNCHANGED]);
  }

  delete(row: Row): void {
    this.rows.splice(this.rows.indexOf(row), 1);
    this.say('d', cells(row), null);
  }

  /** What happened since the last call. */
  take(): Change[] {
    const taken = this.changes;
    this.changes = [];
    return taken;
  }

  private say(op: ChangeOp, oldKey: Cell[] | null, row: Cell[] | null): void {
    const formats = { formats: null, oldKeyFormats: null };
    this.changes.push({ shape: this.shape, op, oldKey, row, ...formats, bytes: 100 });
  }
}

export function cells({ id, v, big }: Row): Cell[] {
  return [String(id), v, big].map((text) => Buffer.from(text));
}

/** Every row takes the key of the next one. */
export const rotate: Step = (rows, table) => {
  const most = Math.max(...rows.map(({ id }) => id));
  for (const row of rows) table.update(row, { id: row.id === 1 ? most : row.id - 1 });
};

const key = fc.integer({ min: 1, max: 8 });
/** Few values, so that rows are often equal in all but their keys. */
const few = fc.constantFrom('1', '2');
const at = (id: number, change: (row: Row, table: LateTable) => void): Step => {
  return (rows, table) => {
    for (const row of rows.filter((one) => one.id === id)) change(row, table);
  };
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, few).map(
    ([id, v]): Step =>
      (_, table) =>
        table.insert({ id, v, big: v }),
  ),
  fc.tuple(key, few).map(([id, v]) => at(id, (row, table) => table.update(row, { v }))),
  fc.tuple(key, few).map(([id, big]) => at(id, (row, table) => table.update(row, { big }))),
  fc.tuple(key, key).map(([id, to]) => at(id, (row, table) => table.update(row, { id: to }))),
  key.map((id) => at(id, (row, table) => table.delete(row))),
  fc.tuple(key, key).map(([a, b]): Step => (rows, table) => {
    for (const row of rows.filter(({ id }) => id === a || id === b)) {
      table.update(row, { id: row.id === a ? b : a });
    }
  }),
  key.map((id): Step => (_, table) => {
    const row = { id: 100 + id, v: '1', big: '1' };
    table.insert(row);
    table.delete(row);
  }),
  fc.constant(rotate),
);

export const transactions = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
  maxLength: 6,
});
