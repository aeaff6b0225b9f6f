import { expect, it } from 'vitest';
import { readSwitch } from '../../../../src/engines/sqlserver/feed/cdc/enable.js';
import { findGap } from '../../../../src/engines/sqlserver/feed/cdc/find-gap.js';
import { READ_SWITCH } from '../../../../src/engines/sqlserver/feed/cdc/sql/state-sql.js';
import { scriptedQuery } from '../scripted-query.js';

const ROW = { database: 'shop', sysadmin: 0, owner: 1, edition: 3, updateability: 'READ_WRITE' };

it.each([
  [true, true],
  [1, true],
  [false, false],
  [0, false],
  [null, false],
])('is_cdc_enabled = %s: Change Data Capture is on: %s', async (enabled, on) => {
  const { query } = scriptedQuery(new Map([[READ_SWITCH, [{ ...ROW, enabled }]]]));
  expect((await readSwitch(query)).enabled).toBe(on);
  if (on) return;
  const gap = await findGap(query, { position: '0'.repeat(20), lineage: '' });
  expect(gap?.reason).toContain('was switched off in the database shop');
});
