import {
  MembershipChanged,
  type LaneMembership,
  type LaneWriter,
} from '../../engines/contract/lane.js';

/** Tables may be paused and resumed one after the other while this looks. */
const MAX_LOOKS = 20;

/** Members that begin to park do so from the lane's present position, committed. */
export async function membershipWithParking(writer: LaneWriter): Promise<LaneMembership> {
  for (let look = 1; ; look++) {
    const membership = await writer.readMembership();
    const starting = membership.members.filter(
      (member) => member.parks && member.parksFrom === null,
    );
    if (starting.length === 0) return membership;
    try {
      await writer.startParking(starting.map((member) => member.tableId));
    } catch (thrown) {
      if (!(thrown instanceof MembershipChanged) || look >= MAX_LOOKS) throw thrown;
    }
  }
}
