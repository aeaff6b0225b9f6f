import { describe, expect, it } from 'vitest';
import type { Cell, Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { UnknownKey } from '../../../src/core/unknown-key.js';
import type { Image } from '../../../src/core/cell.js';
import type { PlacedChange } from '../../../src/core/stage-changes.js';
import { foldByKey, stageParts } from '../../../src/core/stage-changes.js';

const shape: Shape = {
  table: { schema: 's', table: 't' },
  columns: [
    { name: 'id', type: '20', key: true },
    { name: 'v', type: '25', key: false },
    { name: 'big', type: '25', key: false },
  ],
  wire: 'test',
};
const KEY = [0];

type Values = readonly (string | undefined)[];

function cells(values: Values): Cell[] {
  return values.map((value) => (value === undefined ? UNCHANGED : Buffer.from(value)));
}

let n = 0;

/** `old` is a key; values that are not named were left out. */
function change(op: Change['op'], old: string | null, row: Values | null): PlacedChange {
  n += 1;
  const made: Change = {
    shape,
    op,
    oldKey: old === null ? null : [Buffer.from(old), null, null],
    row: row === null ? null : cells(row),
    formats: null,
    oldKeyFormats: null,
    bytes: 1,
  };
  return { change: made, position: String(n).padStart(4, '0') };
}

const insert = (id: string) => change('i', null, [id, 'v', 'big']);
const update = (id: string, v: string, big?: string) => change('u', null, [id, v, big]);
const move = (from: string, to: string, big?: string) => change('u', from, [to, 'v', big]);
const remove = (id: string) => change('d', id, null);

function parts(changes: readonly PlacedChange[], together = Infinity): string[] {
  return [...stageParts(changes, KEY, together)].map((part) =>
    part.kind === 'keyed'
      ? `keyed ${String(part.changes.length)}`
      : part.moves.map(({ from, row }) => `${text(from)}>${text(row)}`).join(),
  );
}

function text({ cells: [key] }: Image): string {
  return Buffer.isBuffer(key) ? key.toString() : String(key);
}

function values(image: Image): Values {
  return image.cells.map((cell) => (Buffer.isBuffer(cell) ? cell.toString() : undefined));
}

function folded(...changes: readonly PlacedChange[]) {
  const { deletes, puts, updates } = foldByKey(changes, KEY);
  return { deletes: deletes.map(text), puts: puts.map(values), updates: updates.map(values) };
}

describe('parts of changes for a stage', () => {
  it('keep apart the rows that come to another key without all of their values', () => {
    const changes = [insert('1'), update('2', 'x'), move('3', '4'), move('5', '6'), remove('7')];
    expect(parts(changes)).toEqual(['keyed 2', '3>4,5>6', 'keyed 1']);
  });

  it('have no key twice among such rows', () => {
    expect(parts([move('1', '2'), move('3', '1'), move('2', '3')])).toEqual(['1>2', '3>1', '2>3']);
    expect(parts([move('1', '2'), move('2', '3'), move('4', '5')])).toEqual(['1>2', '2>3,4>5']);
  });

  it('have no more of them together than may be', () => {
    expect(parts([move('1', '2'), move('3', '4')], 1)).toEqual(['1>2', '3>4']);
  });

  it('take a row with all of its values as one that goes and one that comes', () => {
    expect(parts([move('1', '2', 'big'), change('u', '2', ['2', 'v', undefined])])).toEqual([
      'keyed 2',
    ]);
    expect(parts([])).toEqual([]);
  });
});

describe('changes of single keys', () => {
  it('come to the last row of each, with what the ones before it set', () => {
    expect(folded(insert('1'), update('1', 'x'), update('2', 'y'))).toEqual({
      deletes: [],
      puts: [['1', 'x', 'big']],
      updates: [['2', 'y', undefined]],
    });
    expect(folded(update('1', 'x', 'large'), update('1', 'y')).puts).toEqual([['1', 'y', 'large']]);
  });

  it('give nothing of a row that went to one that comes after it', () => {
    expect(folded(remove('1'), insert('1'))).toEqual({
      deletes: [],
      puts: [['1', 'v', 'big']],
      updates: [],
    });
    expect(folded(insert('1'), move('1', '2', 'large'), move('3', '1', 'other'))).toEqual({
      deletes: ['3'],
      puts: [
        ['1', 'v', 'other'],
        ['2', 'v', 'large'],
      ],
      updates: [],
    });
  });

  it('have to name their row', () => {
    expect(() => folded(change('d', null, null))).toThrow(UnknownKey);
    expect(() => folded(change('u', null, [undefined, 'v', 'big']))).toThrow(UnknownKey);
  });
});
