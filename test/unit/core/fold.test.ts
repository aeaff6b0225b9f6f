import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Cell, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import type { Image } from '../../../src/core/cell.js';
import { keyText } from '../../../src/core/cell.js';
import type { Folded } from '../../../src/core/fold.js';
import { foldChanges } from '../../../src/core/fold.js';
import { UnknownKey } from '../../../src/core/unknown-key.js';

const shape: Shape = {
  table: { schema: 's', table: 't' },
  columns: [
    { name: 'id', type: '20', key: true },
    { name: 'a', type: '25', key: false },
    { name: 'b', type: '25', key: false },
  ],
  wire: 'test',
};

type Row = readonly [string, string, string];
type Rows = Map<string, Row>;

function cells(values: readonly (string | undefined)[]): Cell[] {
  return values.map((value) => (value === undefined ? UNCHANGED : Buffer.from(value)));
}

function change(op: Change['op'], old: string | null, row: (string | undefined)[] | null): Change {
  return {
    shape,
    op,
    oldKey: old === null ? null : [Buffer.from(old), null, null],
    row: row === null ? null : cells(row),
    formats: null,
    oldKeyFormats: null,
    bytes: 1,
  };
}

type Command =
  | { kind: 'put'; id: string; a: string | undefined; b: string | undefined }
  | { kind: 'delete'; id: string }
  | { kind: 'move'; id: string; to: string; a: string | undefined; b: string | undefined };

/** Runs the command on the naive map and tells what a feed would say of it. */
function run(rows: Rows, command: Command): Change[] {
  const present = rows.get(command.id);
  if (command.kind === 'delete') {
    if (present === undefined) return [];
    rows.delete(command.id);
    return [change('d', command.id, null)];
  }
  const { a, b } = command;
  if (present === undefined) {
    rows.set(command.id, [command.id, a ?? 'a', b ?? 'b']);
    return [change('i', null, [command.id, a ?? 'a', b ?? 'b'])];
  }
  const to = command.kind === 'move' ? command.to : command.id;
  if (to !== command.id && rows.has(to)) return [];
  rows.delete(command.id);
  rows.set(to, [to, a ?? present[1], b ?? present[2]]);
  return [change('u', to === command.id ? null : command.id, [to, a, b])];
}

function text(image: Image, column: number): string | undefined {
  const cell = image.cells[column];
  return Buffer.isBuffer(cell) ? cell.toString() : undefined;
}

function idOf(image: Image): string {
  return text(image, 0) ?? 'unknown';
}

function merged(row: Image, before: Row | undefined): Row {
  const value = (column: 1 | 2) => {
    const given = text(row, column) ?? before?.[column];
    if (given === undefined) throw new Error('a value is not known');
    return given;
  };
  return [idOf(row), value(1), value(2)];
}

/** Applies a fold strictly: every expectation that an exact target could have must hold. */
function applyFolded(rows: Rows, folded: Folded): void {
  for (const { key, expected } of folded.deletes) {
    expect(rows.delete(idOf(key))).toBe(expected);
  }
  const moved = folded.moves.map(({ from, row }) => {
    const before = rows.get(idOf(from));
    expect(rows.delete(idOf(from))).toBe(true);
    return merged(row, before);
  });
  for (const row of moved) {
    expect(rows.has(row[0])).toBe(false);
    rows.set(row[0], row);
  }
  for (const { key, row } of folded.updates) {
    expect(rows.has(idOf(key))).toBe(true);
    expect(idOf(row)).toBe(idOf(key));
    rows.set(idOf(key), merged(row, rows.get(idOf(key))));
  }
  for (const row of folded.inserts) {
    expect(rows.has(idOf(row))).toBe(false);
    rows.set(idOf(row), merged(row, undefined));
  }
}

const id = fc.constantFrom('1', '2', '3', '4');
const value = fc.option(fc.string({ maxLength: 2 }), { nil: undefined });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id, a: value, b: value }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({ kind: fc.constant('move' as const), id, to: id, a: value, b: value }),
);

describe('foldChanges', () => {
  it('gives the same rows as a naive replay, whatever was there before', () => {
    fc.assert(
      fc.property(fc.subarray(['1', '2', '3', '4']), fc.array(command, { maxLength: 14 }), check),
      { numRuns: 2_000 },
    );
    function check(before: string[], commands: Command[]): void {
      const naive: Rows = new Map(before.map((key) => [key, [key, `a${key}`, `b${key}`]]));
      const target: Rows = new Map(naive);
      const changes = commands.flatMap((one) => run(naive, one));
      const folded = foldChanges(changes, [0]);
      applyFolded(target, folded);
      expect(new Map([...target].sort())).toEqual(new Map([...naive].sort()));
      const news = [...folded.updates, ...folded.moves].map(({ row }) => idOf(row));
      const keys = [...news, ...folded.inserts.map(idOf)];
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('turns an insert followed by updates into one insert', () => {
    const folded = foldChanges(
      [change('i', null, ['1', 'x', 'y']), change('u', null, ['1', 'z', undefined])],
      [0],
    );
    expect(folded.inserts.map((row) => merged(row, undefined))).toEqual([['1', 'z', 'y']]);
    expect(folded.updates).toEqual([]);
  });

  it('does not expect a row that came and went inside the run', () => {
    const folded = foldChanges([change('i', null, ['1', 'x', 'y']), change('d', '1', null)], [0]);
    expect(folded.deletes.map(({ expected }) => expected)).toEqual([false]);
  });

  it('turns a delete followed by an insert of the same key into an update of the whole row', () => {
    const folded = foldChanges([change('d', '1', null), change('i', null, ['1', 'x', 'y'])], [0]);
    expect(folded.deletes).toEqual([]);
    expect(folded.updates).toHaveLength(1);
  });

  it('takes an unchanged key cell from the old key', () => {
    const folded = foldChanges([change('u', '1', [undefined, 'x', undefined])], [0]);
    expect(folded.updates.map(({ row }) => idOf(row))).toEqual(['1']);
  });

  it('refuses a change that does not say which row it means', () => {
    expect(() => foldChanges([change('u', null, [undefined, 'x', 'y'])], [0])).toThrow(UnknownKey);
    expect(() => foldChanges([change('d', null, null)], [0])).toThrow(UnknownKey);
    expect(() => foldChanges([change('t', null, null)], [0])).toThrow(UnknownKey);
  });
});

describe('keyText', () => {
  const image = (values: (string | null)[], formats: Uint8Array | null = null): Image => ({
    cells: values.map((one) => (one === null ? null : Buffer.from(one, 'latin1'))),
    formats,
  });

  it('tells composite keys apart wherever the border between their cells is', () => {
    const latin = fc.string({ unit: 'binary-ascii', maxLength: 3 });
    const pair = fc.tuple(fc.option(latin), fc.option(latin));
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        const same = one[0] === other[0] && one[1] === other[1];
        const left = keyText(image(one), [0, 1]);
        expect(left === keyText(image(other), [0, 1])).toBe(same);
      }),
    );
  });

  it('tells text from binary', () => {
    expect(keyText(image(['1']), [0])).not.toBe(keyText(image(['1'], new Uint8Array([0])), [0]));
  });
});
