import { expect, it } from 'vitest';
import { choiceFor } from '../../../../../src/engines/postgres/full-sync/choose-load.js';
import type { LiveTable } from '../../../../../src/engines/postgres/full-sync/live-table.js';

const LIVE: LiveTable = {
  there: true,
  ours: true,
  empty: false,
  hanging: 'a view uses it',
  hasKey: true,
};

it('exchanges partitions where that is asked for, whatever hangs on the table itself', () => {
  expect(choiceFor('public.events', LIVE, 'partitionSwitch').method).toBe('partitionSwitch');
  expect(choiceFor('public.events', LIVE, 'auto').method).toBe('merge');
});

it.each([
  { live: LIVE, method: 'merge' },
  { live: { ...LIVE, hasKey: false }, method: 'truncate' },
  { live: { ...LIVE, empty: true, hanging: null }, method: 'swap' },
  { live: { ...LIVE, there: false }, method: 'swap' },
])('takes $method where partitions cannot be exchanged, and says why', ({ live, method }) => {
  const choice = choiceFor('public.events', live, 'partitionSwitch', 'it is not partitioned');
  expect(choice.method).toBe(method);
  if (method !== 'swap') expect(choice.reason).toContain('it is not partitioned');
});

it('gives what hangs on a table as the reason why it is not exchanged', () => {
  expect(choiceFor('public.events', LIVE, 'swap').reason).toContain('a view uses it');
});
