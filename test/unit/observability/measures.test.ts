import { expect, it } from 'vitest';
import { targetMeasures } from '../../../src/observability/measures.js';
import { laneFacts, tableRow } from '../cli/rows.js';

const NOW = new Date('2026-01-31T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const OF = { pipeline: 'shop', target: 'replica' };

function valueOf(measures: ReturnType<typeof targetMeasures>, name: string, more = {}): unknown {
  const labels = { ...OF, ...more };
  const found = measures.filter((one) => one.name === name);
  return found.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
}

it('counts tables by phase and by what is wrong with them', () => {
  const measures = targetMeasures(
    OF,
    [
      tableRow({ phase: 'streaming', verifiedResult: 'failed' }),
      tableRow({ phase: 'streaming', verifiedResult: 'unsettled' }),
      tableRow({ phase: 'quarantined', faultCode: 'FEED_GAP' }),
      tableRow({ phase: 'detached', verifiedResult: 'failed', faultCode: 'TABLE_MISSING' }),
      tableRow({ phase: 'detached', verifiedResult: 'unsettled' }),
    ],
    [],
    NOW,
  );
  expect(valueOf(measures, 'sluice_tables', { phase: 'streaming' })).toBe(2);
  expect(valueOf(measures, 'sluice_tables', { phase: 'quarantined' })).toBe(1);
  // Said as well: a gauge that is not set again keeps what it was.
  expect(valueOf(measures, 'sluice_tables', { phase: 'fullSync' })).toBe(0);
  expect(valueOf(measures, 'sluice_tables_faulted')).toBe(1);
  expect(valueOf(measures, 'sluice_tables_different')).toBe(1);
  expect(valueOf(measures, 'sluice_tables_unsettled')).toBe(1);
});

it('says how much is parked and since when, and how old the checkpoint of each lane is', () => {
  const measures = targetMeasures(
    OF,
    [
      tableRow({ parkedBytes: 100, parkedSince: minutesAgo(5) }),
      tableRow({ parkedBytes: 20, parkedSince: minutesAgo(7) }),
      tableRow({}),
    ],
    [
      laneFacts({}, { n: 0, state: 'running', updatedAt: minutesAgo(1) }).lane,
      laneFacts({}, { n: 1, state: 'gap', updatedAt: minutesAgo(60) }).lane,
    ],
    NOW,
  );
  expect(valueOf(measures, 'sluice_parked_bytes')).toBe(120);
  expect(valueOf(measures, 'sluice_parked_seconds')).toBe(420);
  expect(valueOf(measures, 'sluice_lane_running', { lane: '0' })).toBe(1);
  expect(valueOf(measures, 'sluice_lane_running', { lane: '1' })).toBe(0);
  expect(valueOf(measures, 'sluice_lane_checkpoint_age_seconds', { lane: '1' })).toBe(3_600);
});

it('has zeros where there is nothing', () => {
  const measures = targetMeasures(OF, [], [], NOW);
  expect(valueOf(measures, 'sluice_parked_seconds')).toBe(0);
  expect(valueOf(measures, 'sluice_tables_faulted')).toBe(0);
});
