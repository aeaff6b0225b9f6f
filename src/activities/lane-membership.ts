import type { LaneMembership, LaneWriter } from '../engines/contract/lane.js';

/** Members that begin to park do so from the lane's present position, committed. */
export async function membershipWithParking(writer: LaneWriter): Promise<LaneMembership> {
  const membership = await writer.readMembership();
  const starting = membership.members.filter((member) => member.parks && member.parksFrom === null);
  if (starting.length === 0) return membership;
  await writer.startParking(starting.map((member) => member.tableId));
  return writer.readMembership();
}
