/** Which tables are never truncated: those that the server refuses, and those that others read on. */
import { expect, it } from 'vitest';
import { readLiveTable } from '../../../../../src/engines/sqlserver/full-sync/live-table.js';
import {
  anyRowSql,
  LIVE_TABLE,
  USERS,
} from '../../../../../src/engines/sqlserver/full-sync/sql/live-table.js';
import { scriptedQuery } from '../../../../unit/sqlserver/scripted-query.js';

const PLAIN = {
  ...{ id: 5, referenced: 0, actsOn: null, refers: 0, cdc: 0, published: 0, tracked: 0 },
  ...{ temporal: 0, triggers: 0, granted: 0, special: 0, hasKey: 1, partitioned: 0, ours: 1 },
  maySeeUsers: 1,
};
const USERLESS = { used: 0, indexedViews: 0 };

function live(row: Partial<typeof PLAIN>, users: Partial<typeof USERLESS> = {}) {
  const { query } = scriptedQuery(
    new Map([
      [LIVE_TABLE, [{ ...PLAIN, ...row }]],
      [USERS, [{ ...USERLESS, ...users }]],
      [anyRowSql('[dbo].[a]]b]'), [{ n: 1 }]],
    ]),
  );
  return readLiveTable(query, { schema: 'dbo', table: 'a]b' });
}

it.each([
  [{ referenced: 1 }, {}, /foreign key/],
  [{ cdc: 1 }, {}, /Change Data Capture/],
  [{ tracked: 1 }, {}, /Change Tracking/],
  [{ published: 1 }, {}, /published/],
  [{ temporal: 1 }, {}, /temporal/],
  [{}, { indexedViews: 1 }, /indexed view/],
])(
  '%j, %j: is neither truncated nor switched, and keeps what hangs on it',
  async (row, users, why) => {
    const { untruncatable, unswitchable, hanging } = await live(row, users);
    expect(untruncatable).toMatch(why);
    expect([unswitchable, hanging]).toEqual([untruncatable, untruncatable]);
  },
);

it('is truncated whatever else hangs on it', async () => {
  const others = { refers: 1, triggers: 1, granted: 1, special: 1 };
  expect(await live(others, { used: 1 })).toMatchObject({ untruncatable: null, empty: false });
});

it('is not asked who uses it where the server would refuse to say', async () => {
  const unseen = { maySeeUsers: 0 };
  expect((await live(unseen, { indexedViews: 1 })).untruncatable).toBeNull();
});
