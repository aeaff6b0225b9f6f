import { expect, test } from 'vitest';
import { bytesToCopy, roomFindings } from '../../../src/cli/inspect/room.js';
import type { InspectedTable, InspectedTargetTable } from '../../../src/cli/inspect/inspection.js';

const GB = 1024 ** 3;
const unknown = { freeBytes: null, allowedBytes: null };

test('a target that is known to have too little room is refused', () => {
  const [full] = roomFindings('copy', 5 * GB, { ...unknown, freeBytes: 2 * GB });
  expect(full).toMatchObject({ severity: 'error', code: 'target.room' });
  expect(full?.message).toContain('free on its disk');
  const [allowed] = roomFindings('copy', 5 * GB, { ...unknown, allowedBytes: 2 * GB });
  expect(allowed?.message).toContain('room in the configuration');
});

test('one that has enough, or of which nothing is known, is not', () => {
  expect(roomFindings('copy', 5 * GB, { freeBytes: 9 * GB, allowedBytes: 6 * GB })).toEqual([]);
  expect(roomFindings('copy', 5 * GB, unknown)).toEqual([]);
});

test('only what a start would copy needs room', () => {
  const names = ['new', 'known', 'off'].map((table) => ({ schema: 'public', table }));
  const tables = names.map((source) => ({ source, model: { bytesEstimated: 10 } }));
  const present = [
    { source: names[1], enabled: true, phase: 'streaming' },
    { source: names[2], enabled: false, phase: null },
  ];
  const needed = bytesToCopy(
    tables as unknown as InspectedTable[],
    present as unknown as InspectedTargetTable[],
  );
  expect(needed).toBe(10);
});
