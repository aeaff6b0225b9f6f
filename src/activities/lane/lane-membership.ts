import {
  MembershipChanged,
  type LaneMembership,
  type LaneWriter,
} from '../../engines/contract/lane.js';

type Membership = Pick<LaneWriter, 'readMembership' | 'startParking'>;

/**
 * Members that begin to park do so from the lane's present position, committed. While hundreds of
 * tables start, each changes the membership: a look that came too late is another's progress, and a
 * lane that somebody else claimed is told so.
 */
export async function membershipWithParking(writer: Membership): Promise<LaneMembership> {
  for (;;) {
    const membership = await writer.readMembership();
    const starting = membership.members.filter(
      (member) => member.parks && member.parksFrom === null,
    );
    if (starting.length === 0) return membership;
    try {
      await writer.startParking(starting.map((member) => member.tableId));
    } catch (thrown) {
      if (!(thrown instanceof MembershipChanged)) throw thrown;
    }
  }
}
