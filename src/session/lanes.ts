/**
 * Chooses and makes the lanes of a target, each with its feed on the source. The truth is in the
 * target's rows: a table that follows stays in the lane that its row names.
 */
import { chooseLanes, type LaneChoice, type LaneUser } from '../core/choose-lanes.js';
import { SluiceError } from '../core/errors.js';
import { feedKindOfLane, type FeedKind } from '../core/feed-kind.js';
import type { Position } from '../engines/contract/feed.js';
import type { TableRow } from '../state/store.js';
import type { TargetDatabase } from '../engines/engine.js';
import { readLanes, type LaneState } from './lane-state.js';
import type { PipelineSession } from './pipeline-session.js';

/** A table with a change feed, by the slug of its row. */
export interface Follower {
  readonly slug: string;
  readonly kind: FeedKind;
}

export interface PreparedLanes {
  /** Id of the lane by the table's slug. */
  readonly ids: ReadonlyMap<string, string>;
  readonly numbers: readonly number[];
}

/** @throws SluiceError CONFIG_INVALID when tables that follow would have to change their lane */
export async function prepareLanes(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  followers: readonly Follower[],
): Promise<PreparedLanes> {
  const state = await readLanes(target.state, session.pipeline, name);
  const choice = choiceOf(session, state, followers);
  const misplaced = misplacedError(session, name, choice);
  if (misplaced !== null) throw misplaced;
  const numbers = [...new Set(choice.lanes.values())].sort((a, b) => a - b);
  const maker = new LaneMaker(session, name, target);
  const byNumber = new Map<number, string>();
  for (const n of numbers) {
    const known = state.lanes.find((lane) => lane.n === n && lane.position !== null);
    byNumber.set(n, known?.laneId ?? (await maker.make(n)));
  }
  const ids = new Map<string, string>();
  for (const [slug, n] of choice.lanes) {
    const id = byNumber.get(n);
    if (id !== undefined) ids.set(slug, id);
  }
  return { ids, numbers };
}

export function choiceOf(
  session: PipelineSession,
  { lanes, rows }: LaneState,
  followers: readonly Follower[],
): LaneChoice {
  const numbers = new Map(lanes.map((lane) => [lane.laneId, lane.n]));
  const users = followers.flatMap(({ slug, kind }): LaneUser[] => {
    const row = rows.find((one) => one.slug === slug);
    if (row === undefined) return [{ slug, kind, lane: null, follows: false }];
    if (row.phase === 'removed' || staysDetached(row)) return [];
    // Nobody read on for a table that was detached: its lane stands where it left.
    const lane = row.phase === 'detached' ? null : (numbers.get(row.laneId ?? '') ?? null);
    return [{ slug, kind, lane, follows: row.phase !== 'new' }];
  });
  const given = lanes.map((lane) => lane.n);
  return chooseLanes(users, given, session.config.consistency);
}

/** A person took it out; what the configuration took out it brings back. */
function staysDetached(row: TableRow): boolean {
  const byPerson = row.wanted === 'detach' && row.wantedBy !== 'configuration';
  return row.phase === 'detached' && byPerson;
}

/** Null when every table follows in a lane such as the configuration asks for. */
export function misplacedError(
  session: PipelineSession,
  target: string,
  { misplaced }: LaneChoice,
): SluiceError | null {
  const [first] = misplaced;
  if (first === undefined) return null;
  const { consistency } = session.config;
  const former = consistency === 'table' ? 'transaction' : 'table';
  const more = misplaced.length === 1 ? '' : ` and ${String(misplaced.length - 1)} more`;
  return new SluiceError(
    'CONFIG_INVALID',
    `The tables of ${target} that follow already do so with consistency: ${former} (${first}${more}), and a lane is not changed under way.`,
    {
      remedy: `Write consistency: ${former} again; or begin anew: sluice remove --pipeline ${session.pipeline} --target ${target}, then sluice start (existing: adopt compares instead of copying).`,
    },
  );
}

interface FeedStart {
  readonly position: Position;
  readonly lineage: string;
}

/** Makes lanes; those of one kind that are made together begin at one position. */
class LaneMaker {
  readonly #starts = new Map<FeedKind, FeedStart>();

  constructor(
    private readonly session: PipelineSession,
    private readonly name: string,
    private readonly target: TargetDatabase,
  ) {}

  async make(n: number): Promise<string> {
    const { lanes } = this.target.state;
    const lane = await lanes.ensure(this.session.pipeline, this.name, n);
    if (lane.position !== null) return lane.laneId;
    const kind = feedKindOfLane(n);
    const start = this.#starts.get(kind) ?? (await this.#prepareFeed(kind));
    this.#starts.set(kind, start);
    await lanes.begin(lane.laneId, start.position, start.lineage);
    return lane.laneId;
  }

  async #prepareFeed(kind: FeedKind): Promise<FeedStart> {
    const { session, name, target } = this;
    const source = await session.source();
    const { position, created } = await source.feed(kind).prepare(session.feedName(name, kind));
    const { lineage } = await source.identity();
    for (const object of created) {
      const [what = 'feed', ...rest] = object.split(' ');
      await target.state.owned.add({
        side: 'source',
        kind: what,
        object: rest.join(' '),
        pipeline: session.pipeline,
        target: name,
      });
    }
    return { position, lineage };
  }
}
