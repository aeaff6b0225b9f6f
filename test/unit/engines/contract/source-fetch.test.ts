import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UNCHANGED } from '../../../../src/core/change.js';
import type { Cell, Shape } from '../../../../src/core/change.js';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import type { Answer } from '../../../../src/engines/contract/source-fetch.js';
import { fetchFrom } from '../../../../src/engines/contract/source-fetch.js';
import type { ChunkStream, FullSyncSource } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { bareModel } from '../../../support/bare-model.js';

const shape: Shape = {
  table: { schema: 'dbo', table: 't' },
  columns: [
    { name: 'a', type: 'integer(32)', key: true },
    { name: 'b', type: 'text(20)', key: true },
    { name: 'at', type: 'timestamp(7,utc)', key: true },
    { name: 'big', type: 'text(*)', key: false },
  ],
  wire: 'neutral',
};

const model = bareModel(shape.table, ['b', 'a', 'at']);

type Text = string | null;
const cellOf = (text: Text) => (text === null ? null : Buffer.from(text));

/** A source that answers each question for keys with the next of these rows (big, a, b, at). */
function source(asked: string[][], ...answers: readonly (readonly (readonly Text[])[])[]) {
  const readKeys = (_model: TableModel, keys: readonly string[], wire: string) => {
    const rows = answers[asked.length] ?? [];
    asked.push([...keys, wire]);
    const stream: ChunkStream = {
      wire,
      columns: ['big', 'a', 'b', 'at'],
      bytes: Readable.from(rows.map((row) => encodeNeutralRow(row.map(cellOf)))),
      position: `0${String(asked.length)}`,
      close: () => Promise.resolve(),
    };
    return Promise.resolve(stream);
  };
  const unused = () => Promise.reject(new Error('not asked for'));
  const fullSync: FullSyncSource = {
    wires: () => ['binary', 'neutral'],
    planChunks: unused,
    readChunk: unused,
    copiedUpTo: unused,
    readKeys,
  };
  return { listTables: () => Promise.resolve([model]), fullSync };
}

const image = (cells: readonly (string | Cell)[]) => ({
  cells: cells.map((cell) => (typeof cell === 'string' ? Buffer.from(cell) : cell)),
  formats: null,
});

const NOON = '2024-01-01 12:00:00.0000000 +00:00';
const rowOf = (b: string, at = NOON) => image(['7', b, at, UNCHANGED]);
const keyOf = (b: string) => `${String(b.length)}:${b};7;2024-01-01 12:00:00;`;
const bigOf = (answer: Answer | undefined) =>
  typeof answer === 'object' ? answer.cells[3]?.toString() : answer;

describe('values that a change left out', () => {
  it('are read from the source by the keys as every engine writes them, many at once', async () => {
    const asked: string[][] = [];
    const rows = [
      ['of y', '7', 'y', NOON],
      ['of x;y', '7', 'x;y', NOON],
    ];
    const fetch = fetchFrom(source(asked, rows), ['sqlserver', 'neutral']);
    const { answers, seen } = await fetch(shape, [rowOf('x;y'), rowOf('gone'), rowOf('y')], []);
    expect(asked).toEqual([[keyOf('x;y'), keyOf('gone'), keyOf('y'), 'neutral']]);
    expect(answers.map(bigOf)).toEqual(['of x;y', 'none', 'of y']);
    expect(seen).toBe('01');
  });

  it('are of the row that the source finds by a key, however that is written there', async () => {
    const asked: string[][] = [];
    const [x, y] = [
      ['of X', '7', 'X', NOON],
      ['of y', '7', 'y', NOON],
    ];
    const fetch = fetchFrom(source(asked, [x, y], [x], []), ['neutral']);
    const { answers, seen } = await fetch(shape, [rowOf('x'), rowOf('y'), rowOf('gone')], []);
    expect(asked.slice(1)).toEqual([
      [keyOf('x'), 'neutral'],
      [keyOf('gone'), 'neutral'],
    ]);
    expect(answers.map(bigOf)).toEqual(['of X', 'of y', 'none']);
    expect(seen).toBe('03');
  });

  it('are asked for by the key of the target where the source has none of its own', async () => {
    const asked: string[][] = [];
    const { fullSync } = source(asked, [['of y', '7', 'y', NOON]]);
    const listTables = () => Promise.resolve([{ ...model, key: null }]);
    const fetch = fetchFrom({ listTables, fullSync }, ['neutral']);
    const { answers } = await fetch(shape, [rowOf('y')], ['b', 'a', 'at']);
    expect(asked).toEqual([[keyOf('y'), 'neutral']]);
    expect(answers.map(bigOf)).toEqual(['of y']);
  });

  it('come as text where the changes have them so', async () => {
    const { fullSync, listTables } = source([], [['of y', '7', 'y', NOON]]);
    const models: TableModel[] = [];
    const big = { type: null, sourceType: 'text[]', nullable: true, identity: false };
    const columns = [{ ...big, name: 'big', hasText: true }];
    const fetch = fetchFrom(
      {
        listTables: async () =>
          (await listTables()).map((one) => ({ ...one, neutral: { ...one.neutral, columns } })),
        fullSync: {
          ...fullSync,
          wires: (asked) => (models.push(asked), fullSync.wires(asked)),
        },
      },
      ['neutral'],
    );
    expect((await fetch(shape, [rowOf('y')], [])).answers.map(bigOf)).toEqual(['of y']);
    expect(models[0]?.neutral.columns).toMatchObject([{ type: { kind: 'text' }, asText: true }]);
  });

  it('are asked for by the moment that a key means, whatever offset it was given with', async () => {
    const asked: string[][] = [];
    const at = [
      '2024-03-01 01:30:00.1234567 +05:45',
      '2023-12-31 23:00:00.0000000 -02:00',
      '0001-01-01 00:00:00.0000000 +00:00',
    ];
    await fetchFrom(source(asked), ['neutral'])(
      shape,
      at.map((one) => rowOf('x', one)),
      [],
    );
    expect(asked[0]?.slice(0, 3)).toEqual([
      '1:x;7;2024-02-29 19:45:00.1234567;',
      '1:x;7;2024-01-01 01:00:00;',
      '1:x;7;0001-01-01 00:00:00;',
    ]);
  });

  it('are asked for in several statements where there are many', async () => {
    const asked: string[][] = [];
    const rows = Array.from({ length: 201 }, (_, n) => rowOf(String(n)));
    const { answers } = await fetchFrom(source(asked), ['neutral'])(shape, rows, []);
    expect(asked.map(({ length }) => length)).toEqual([201, 2]);
    expect(answers).toEqual(rows.map(() => 'none'));
  });

  it('are not known where the source cannot be asked, which is not the same as none', async () => {
    const asked: string[][] = [];
    const unsaid = image(['7', null, NOON, UNCHANGED]);
    const known = fetchFrom(source(asked), ['neutral']);
    expect(await known(shape, [unsaid], [])).toEqual({ answers: ['unknown'], seen: null });
    const other = fetchFrom(source(asked), ['other']);
    expect(await other(shape, [rowOf('x')], [])).toEqual({ answers: ['unknown'], seen: null });
    expect(asked).toEqual([]);
  });
});
