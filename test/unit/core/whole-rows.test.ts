import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { foldChanges } from '../../../src/core/fold.js';
import { UnknownKey } from '../../../src/core/unknown-key.js';
import { bringWholeRows, netRows, touchedRows } from '../../../src/core/whole-rows.js';
import type { Image } from '../../../src/core/cell.js';

const shape: Shape = {
  table: { schema: 's', table: 't' },
  columns: [
    { name: 'id', type: '20', key: true },
    { name: 'a', type: '25', key: true },
  ],
  wire: 'test',
};

type Row = readonly [id: string, a: string];

const cells = (row: readonly (string | undefined)[]) =>
  row.map((one) => (one === undefined ? UNCHANGED : Buffer.from(one)));

function change(op: Change['op'], old: Row | null, row: (string | undefined)[] | null): Change {
  const formats = { formats: null, oldKeyFormats: null };
  const oldKey = old === null ? null : cells(old);
  return { shape, op, oldKey, row: row === null ? null : cells(row), ...formats, bytes: 1 };
}

const text = ({ cells: [id, a] }: Image): Row => [String(id), String(a)];

interface Command {
  readonly nth: number;
  readonly id: string;
  readonly a: string;
  readonly what: 'put' | 'drop' | 'add';
}

/** Writes to a bag of rows whose keys need not be unique yet; what a feed would say of it. */
function run(rows: Row[], { nth, id, a, what }: Command): Change[] {
  if (what === 'add' || rows.length === 0) {
    rows.push([id, a]);
    return [change('i', null, [id, a])];
  }
  const [old] = rows.splice(nth % rows.length, 1);
  if (old === undefined) return [];
  if (what === 'drop') return [change('d', old, null)];
  rows.push([id, a]);
  return [change('u', old, [id, old[1] === a ? undefined : a])];
}

const key = fc.constantFrom('1', '2', '3');
const command: fc.Arbitrary<Command> = fc.record({
  nth: fc.nat(5),
  id: key,
  a: fc.constantFrom('x', 'y'),
  what: fc.constantFrom('put', 'put', 'drop', 'add'),
});

describe('changes with whole old rows', () => {
  it('come to the rows that they leave, though keys were shared on the way', () => {
    fc.assert(
      fc.property(fc.subarray(['1', '2', '3']), fc.array(command, { maxLength: 8 }), check),
      { numRuns: 3_000 },
    );
    function check(before: string[], commands: Command[]): void {
      const rows: Row[] = before.map((id) => [id, 'x']);
      const target = new Map(rows.map((row) => [row[0], row[1]]));
      const changes = commands.flatMap((one) => run(rows, one));
      // Transactions end with unique keys.
      fc.pre(new Set(rows.map(([id]) => id)).size === rows.length);
      const { deletes, moves, updates, inserts } = foldChanges(changes, [0]);
      expect(moves).toEqual([]);
      for (const { key: gone } of deletes) expect(target.delete(text(gone)[0])).toBe(true);
      for (const { row } of updates) {
        expect(target.has(text(row)[0])).toBe(true);
        target.set(...text(row));
      }
      for (const row of inserts) {
        expect(target.has(text(row)[0])).toBe(false);
        target.set(...text(row));
      }
      expect([...target].sort()).toEqual([...rows].sort());
      const touched = new Set(touchedRows(changes, [0]).map((row) => text(row)[0]));
      for (const at of netRows(changes, [0])) expect(touched.has(text(at.row)[0])).toBe(true);
    }
  });

  it('tell a row that stayed from rows that came and went', () => {
    const stayed = [change('u', ['1', 'x'], ['1', 'y']), change('u', ['1', 'y'], ['1', 'x'])];
    expect(netRows(stayed, [0])).toMatchObject([{ kind: 'same', known: true }]);
    const passed = [change('i', null, ['1', 'x']), change('d', ['1', 'x'], null)];
    expect(netRows(passed, [0])).toMatchObject([{ kind: 'same', known: false }]);
  });

  it('are those of a shape whose columns are all marked, with old rows that are whole', () => {
    expect(bringWholeRows([])).toBe(false);
    expect(bringWholeRows([change('i', null, ['1', 'x'])])).toBe(true);
    expect(bringWholeRows([change('d', null, null)])).toBe(false);
    const partly = { ...change('d', ['1', 'x'], null), oldKey: cells(['1', undefined]) };
    expect(bringWholeRows([partly])).toBe(false);
  });

  it('are refused where a row is not whole, or a key has two in the end', () => {
    const two = [change('i', null, ['1', 'x']), change('i', null, ['1', 'y'])];
    expect(() => netRows(two, [0])).toThrow(UnknownKey);
    expect(() => netRows([change('i', null, ['1', undefined])], [0])).toThrow(UnknownKey);
  });
});
