import { expect, it } from 'vitest';
import { membershipWithParking } from '../../../../src/activities/lane/lane-membership.js';
import {
  MembershipChanged,
  type LaneMember,
  type LaneMembership,
} from '../../../../src/engines/contract/lane.js';

const TABLES = 200;

it('a lane is the last of many to change its membership, and says nothing of it', async () => {
  const member = (parksFrom: string | null): LaneMember => ({
    tableId: '1',
    source: { schema: 'public', table: 't' },
    target: { schema: 'public', table: 't' },
    applies: false,
    parks: true,
    parksFrom,
    fold: true,
  });
  let changes = 0;
  let parked: string | null = null;
  const membership = await membershipWithParking({
    readMembership: (): Promise<LaneMembership> =>
      Promise.resolve({ revision: String(changes), members: [member(parked)] }),
    startParking: () => {
      changes += 1;
      if (changes < TABLES) return Promise.reject(new MembershipChanged());
      parked = '0/1';
      return Promise.resolve();
    },
  });
  expect(membership.members.map(({ parksFrom }) => parksFrom)).toEqual(['0/1']);
});
