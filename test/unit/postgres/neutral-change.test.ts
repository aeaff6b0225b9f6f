import { expect, it } from 'vitest';
import type { Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { neutralChange } from '../../../src/engines/postgres/feed/neutral-reader.js';
import { packed } from './packed.js';

const TEXT = { kind: 'text', length: null, fixed: false } as const;

function told(isFull: boolean): Change {
  const columns = ['id', 'big'].map((name) => ({ name, type: '25', key: isFull || name === 'id' }));
  const shape: Shape = { table: { schema: 'public', table: 't' }, columns, wire: 'pgoutput' };
  const old = packed([Buffer.from('1'), isFull ? Buffer.from('large') : null], [true, true]);
  const row = packed([Buffer.from('2'), UNCHANGED], [true, false]);
  const change: Change = {
    ...{ shape, op: 'u', bytes: 1 },
    ...{ row: row.cells, formats: row.formats, packedRow: row },
    ...{ oldKey: old.cells, oldKeyFormats: old.formats, packedOld: old },
  };
  return neutralChange(change, { shape, types: [TEXT, TEXT], formats: Uint8Array.of(0, 0) });
}

it('a large value that an update left out comes from the whole old row', () => {
  expect(told(true).row).toEqual([Buffer.from('2'), Buffer.from('large')]);
});

it('what only an old key came with stays left out', () => {
  expect(told(false).row).toEqual([Buffer.from('2'), UNCHANGED]);
});
