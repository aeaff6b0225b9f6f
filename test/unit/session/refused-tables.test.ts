import { expect, it } from 'vitest';
import { judgeTables } from '../../../src/session/refused-tables.js';
import type { TableSpec } from '../../../src/state/store.js';
import { tableRow } from '../cli/rows.js';

const { slug, source, targetTable, load, enabled } = tableRow({});

function judged(mode: string, row: Parameters<typeof tableRow>[0] | null) {
  const spec: TableSpec = { slug, source, targetTable, load, enabled, mode, laneId: null };
  const { accepted, refused } = judgeTables([spec], () =>
    row === null ? undefined : tableRow(row),
  );
  return accepted.length === 1 ? 'accepted' : refused[0]?.error.message;
}

it.each([
  ['cdc', 'incremental'],
  ['incremental', 'cdc'],
  ['cdc', 'changeTracking'],
])('a table that follows with mode: %s does not go over to %s under way', (mode, other) => {
  expect(judged(other, { mode, phase: 'streaming' })).toContain(`with mode: ${mode} already`);
  expect(judged(other, { mode, phase: 'paused' })).toContain('not changed under way');
});

it('a table that begins takes the mode that is written', () => {
  expect(judged('incremental', { mode: 'cdc', phase: 'new' })).toBe('accepted');
  expect(judged('incremental', { mode: 'cdc', phase: 'detached' })).toBe('accepted');
  expect(judged('cdc', null)).toBe('accepted');
});

it('ways without a feed may take each other’s place', () => {
  expect(judged('full', { mode: 'incremental', phase: 'streaming' })).toBe('accepted');
});
