/** The recovery fork is good to know and not needed: it may be hidden, absent or unknown. */
import { expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import { readIdentity } from '../../../../src/engines/sqlserver/catalog/identity.js';
import {
  RECOVERY_FORK,
  SERVER_FACTS,
} from '../../../../src/engines/sqlserver/catalog/sql/server.js';
import type { Query, Row } from '../../../../src/engines/sqlserver/sql-session.js';

const FACTS = {
  ...{ edition: 3, editionName: 'Developer Edition', version: '16.0.4135.4', server: 'DB1' },
  ...{ database: 'shop', databaseId: 5, created: '2026-01-01T00:00:00', groupDatabase: null },
  ...{ collation: 'Latin1_General_CI_AS', compatibility: 160 },
};

async function lineage(fork: readonly Row[] | SluiceError): Promise<string> {
  const query: Query = <T extends Row>(sql: string) => {
    if (sql === SERVER_FACTS) return Promise.resolve([FACTS] as readonly Row[] as readonly T[]);
    expect(sql).toBe(RECOVERY_FORK);
    if (fork instanceof SluiceError) return Promise.reject(fork);
    return Promise.resolve(fork as readonly T[]);
  };
  return (await readIdentity(query)).lineage;
}

it('has the recovery fork where the server tells it', async () => {
  expect(await lineage([{ fork: 'A0F8' }])).toBe('DB1/5/a0f8');
});

it.each([
  ['NULL', [{ fork: null }]],
  ['no row', []],
  ['no right', new SluiceError('PERMISSION_DENIED', 'x', { vendorCode: '300' })],
  ['no such view', new SluiceError('TABLE_MISSING', 'x', { vendorCode: '208' })],
  ['no such column', new SluiceError('TABLE_MISSING', 'x', { vendorCode: '207' })],
])('has the day the database was made where there is %s', async (_what, fork) => {
  expect(await lineage(fork)).toBe('DB1/5/2026-01-01T00:00:00');
});
