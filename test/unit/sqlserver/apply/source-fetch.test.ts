import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UNCHANGED } from '../../../../src/core/change.js';
import type { Cell, Shape } from '../../../../src/core/change.js';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import { fetchFrom } from '../../../../src/engines/sqlserver/apply/source-fetch.js';
import type { ChunkStream, FullSyncSource } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';

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

const model: TableModel = {
  name: shape.table,
  columns: [],
  key: ['b', 'a', 'at'],
  rowsEstimated: 0,
  bytesEstimated: 0,
  fingerprint: 'f',
  findings: [],
  feeds: [],
  neutral: { columns: [], primaryKey: null, uniques: [], indexes: [], foreignKeys: [] },
  native: null,
};

/** A source whose table has one row, whatever key it is asked for. */
function source(asked: string[], row: readonly (string | null)[] | null) {
  const readKeys = (_model: TableModel, keys: readonly string[], wire: string) => {
    asked.push(...keys, wire);
    const cells = row?.map((cell) => (cell === null ? null : Buffer.from(cell)));
    const stream: ChunkStream = {
      wire,
      columns: ['big', 'a'],
      bytes: Readable.from(cells === undefined ? [] : [encodeNeutralRow(cells)]),
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

describe('values that a change left out', () => {
  it('are read from the source by the key as every engine writes it', async () => {
    const asked: string[] = [];
    const fetch = fetchFrom(source(asked, ['large', '7']), ['sqlserver', 'neutral']);
    const row = image(['7', 'x;y', '2024-01-01 10:00:00.5000000 +00:00', UNCHANGED]);
    const found = await fetch({ shape, row });
    expect(asked).toEqual(['3:x;y;7;2024-01-01 10:00:00.5;', 'neutral']);
    expect(found.row?.cells).toEqual([
      Buffer.from('7'),
      UNCHANGED,
      UNCHANGED,
      Buffer.from('large'),
    ]);
  });

  it('are not there when the source has no such row, or cannot be asked', async () => {
    const row = image(['7', 'x', '2024-01-01 10:00:00.5000000 +02:00', UNCHANGED]);
    const asked: string[] = [];
    const none = { row: null, seen: null };
    expect(await fetchFrom(source(asked, ['large', '7']), ['neutral'])({ shape, row })).toEqual(
      none,
    );
    const known = image(['7', 'x', '2024-01-01 10:00:00 +00:00', UNCHANGED]);
    expect(await fetchFrom(source(asked, null), ['neutral'])({ shape, row: known })).toMatchObject({
      row: null,
    });
    expect(
      await fetchFrom(source(asked, ['l', '7']), ['other'])({ shape, row: known }),
    ).toMatchObject({
      row: null,
    });
    expect(asked).toHaveLength(2);
  });
});
