import { describe, expect, it } from 'vitest';
import { choiceFor } from '../../../../../src/engines/sqlserver/full-sync/choose-load.js';
import type { LiveTable } from '../../../../../src/engines/sqlserver/full-sync/live-table.js';

const LIVE: LiveTable = {
  there: true,
  ours: true,
  empty: false,
  hanging: null,
  unswitchable: null,
  untruncatable: null,
  actsOn: null,
  hasKey: true,
  partitioned: false,
};

function method(changes: Partial<LiveTable>, wanted: Parameters<typeof choiceFor>[2] = 'auto') {
  return choiceFor('dbo.orders', { ...LIVE, ...changes }, wanted).method;
}

describe('the way to replace a live table', () => {
  it('is a swap for a new table and an empty one of our own', () => {
    expect(method({ there: false })).toBe('swap');
    expect(method({ empty: true })).toBe('swap');
    expect(method({ empty: true, ours: false })).toBe('merge');
  });

  it('is a merge for a table with rows, unless something else was asked for', () => {
    expect(method({})).toBe('merge');
    expect(method({}, 'swap')).toBe('swap');
    expect(method({}, 'truncate')).toBe('truncate');
    expect(method({ hasKey: false })).toBe('truncate');
  });

  it('8.6, 8.7, 11.3: is a merge where the server would refuse to switch, and says why', () => {
    const live = { ...LIVE, unswitchable: 'Change Tracking follows it' };
    const choice = choiceFor('dbo.orders', live, 'swap');
    expect(choice.method).toBe('merge');
    expect(choice.reason).toMatch(/Change Tracking/);
  });

  it('switches partitions only where there are some', () => {
    expect(method({ partitioned: true }, 'partitionSwitch')).toBe('partitionSwitch');
    expect(method({}, 'partitionSwitch')).toBe('merge');
  });
});
