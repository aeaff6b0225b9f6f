import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../../../src/core/cell.js';
import type { Shape } from '../../../../src/core/change.js';
import { UNCHANGED } from '../../../../src/core/change.js';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import type { FullSyncSource } from '../../../../src/engines/contract/full-sync.js';
import {
  NOT_TOLD_YET,
  NOTHING_SEEN,
} from '../../../../src/engines/postgres/apply/stage-writers.js';
import { fetchAcross, logEndOf } from '../../../../src/engines/postgres/drain-with.js';
import { bareModel } from '../../../support/bare-model.js';

const shape: Shape = {
  table: { schema: 'dbo', table: 't' },
  columns: [
    { name: 'id', type: 'integer(32)', key: true },
    { name: 'data', type: 'binary(*)', key: false },
    { name: 'note', type: 'text(*)', key: false },
  ],
  wire: 'neutral',
};

const model = bareModel(shape.table, ['id']);

/** A source of another engine with one row, of these columns. */
function source(columns: readonly ('id' | 'data' | 'note')[], ends: string[] = []) {
  const cells = { id: Buffer.from('7'), data: Buffer.from([0, 255]), note: Buffer.from('n') };
  const row = encodeNeutralRow(columns.map((name) => cells[name]));
  const unused = () => Promise.reject(new Error('not asked for'));
  const fullSync: FullSyncSource = {
    wires: () => ['neutral'],
    planChunks: unused,
    readChunk: unused,
    copiedUpTo: (kind) => {
      ends.push(kind);
      return Promise.resolve('0042');
    },
    readKeys: (_model, keys, wire) =>
      Promise.resolve({
        wire,
        columns,
        bytes: Readable.from(keys.includes('7;') ? [row] : []),
        close: () => Promise.resolve(),
      }),
  };
  return { listTables: () => Promise.resolve([model]), fullSync };
}

/** As of a change that was parked: what it left out has none. */
const PARKED = Uint8Array.of(0, 1, 1);
const keyOf = (id: string): Image => ({
  cells: [Buffer.from(id), UNCHANGED, UNCHANGED],
  formats: PARKED,
});

describe('rows that a PostgreSQL target asks of another engine', () => {
  it('have the formats of its changes, and what they may have seen is told later', async () => {
    const ends: string[] = [];
    const fetch = fetchAcross(source(['id', 'data', 'note'], ends));
    expect(await fetch(shape, [keyOf('7'), keyOf('8')])).toEqual({
      rows: [
        {
          cells: [Buffer.from('7'), Buffer.from([0, 255]), Buffer.from('n')],
          formats: Uint8Array.of(0, 1, 0),
        },
        null,
      ],
      seen: NOT_TOLD_YET,
    });
    expect(ends).toEqual([]);
  });

  it('have seen what lies before the end of its log', async () => {
    const ends: string[] = [];
    const peer = source([], ends);
    expect(await logEndOf(() => Promise.resolve(peer))()).toBe('0042');
    expect(ends).toEqual(['cdc']);
  });

  it('have nothing to be told of where there is none', async () => {
    const asked = await fetchAcross(source(['id', 'data', 'note']))(shape, [keyOf('8')]);
    expect(asked).toEqual({ rows: [null], seen: NOTHING_SEEN });
  });

  it('stop the table where a value is not to be had', async () => {
    const asked = fetchAcross(source(['id', 'note']))(shape, [keyOf('7')]);
    await expect(asked).rejects.toMatchObject({ code: 'FEED_GAP' });
  });
});
