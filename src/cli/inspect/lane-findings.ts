/** What `consistency` means for the tables of a target: a lane for each, or one for all. */
import { LANES_PER_WORKER } from '../../core/choose-lanes.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { LaneState } from '../../session/lane-state.js';
import { choiceOf, misplacedError, type Follower } from '../../session/lanes.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { tableSlug } from '../../state/slug.js';
import { findingOf } from './finding.js';
import type { InspectedTable } from './inspection.js';

/** This share of what is there may be taken for hours; copies and verification need the rest. */
const MOST = 0.5;

interface Inspected {
  readonly session: PipelineSession;
  readonly name: string;
  readonly tables: readonly InspectedTable[];
}

export function laneFindings({ session, name, tables }: Inspected, state: LaneState): Finding[] {
  const followers = tables.flatMap(({ source, mode }): Follower[] => {
    const kind = feedKindOfMode(mode);
    return kind === null ? [] : [{ slug: tableSlug(source), kind }];
  });
  const misplaced = misplacedError(session, name, choiceOf(session, state, followers));
  const many = session.config.consistency === 'table' ? tooMany(session, name, followers) : [];
  return [...many, ...(misplaced === null ? [] : [findingOf(misplaced, name)])];
}

/** Each lane keeps a session on either side and an activity of a worker for as long as it runs. */
function tooMany(
  session: PipelineSession,
  name: string,
  followers: readonly Follower[],
): Finding[] {
  const lanes = followers.length;
  const ends = [session.config.source.connection, session.targetConfig(name).connection];
  const sessions = Math.min(...ends.map((end) => session.resolver(end)().pool.max));
  if (lanes <= Math.min(sessions, LANES_PER_WORKER) * MOST) return [];
  return [
    {
      severity: 'warning',
      code: 'lanes.many',
      subject: name,
      message:
        `With consistency: table each of the ${String(lanes)} tables of ${name} is a lane of its own, ` +
        'which asks the source by itself and keeps a session open on either side: ' +
        `pool.max allows ${String(sessions)} sessions for all work, and a worker runs ${String(LANES_PER_WORKER)} lanes.`,
      remedy:
        'Write consistency: transaction, so that the tables share a lane; or raise pool.max of both connections to more than twice the number of tables, and run more workers.',
    },
  ];
}
