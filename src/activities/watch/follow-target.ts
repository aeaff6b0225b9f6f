/**
 * What one target takes over from the source's catalogue, as activities of their own beside the watch:
 * a table may be healed, or a foreign key validated, for hours, and the watch returns whenever a
 * workflow has something to do. One for each of the two, so that neither waits for the other; what
 * is in trouble is told between two looks, never in the middle of one.
 */
import type {
  FollowActivities,
  FollowRequest,
  FollowResult,
  FollowSubject,
} from '../../core/protocol.js';
import { PipelineSession } from '../../session/pipeline-session.js';
import type { Dependencies } from '../dependencies.js';
import { Due } from './due.js';
import { followSchema } from './follow-schema.js';
import { givingWay } from './give-way.js';
import { isWithin } from '../is-within.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from '../long-running.js';
import { takeTurn } from './take-turn.js';
import { Troubles } from './troubles.js';
import { untilCancelled } from '../until-cancelled.js';
import { watchCatalogue } from './watch-catalogue.js';

const LOOK_EVERY_MS = 1_000;
/** What was told to end, and is ended on its server, is waited for so long. */
const LEFT_MS = 10_000;

interface Subject {
  readonly name: string;
  readonly everyMs: number;
  readonly look: (session: PipelineSession, target: string) => Promise<void>;
}

const SUBJECTS: Readonly<Record<FollowSubject, Subject>> = {
  /** A table is healed in place. */
  catalogue: { name: 'the catalogue', everyMs: 5_000, look: watchCatalogue },
  /** Views, routines, foreign keys and sequences: one catalogue reading per side. */
  schema: {
    name: 'views and routines',
    everyMs: 60_000,
    look: (session, target) => givingWay(session, target, () => followSchema(session, target)),
  },
};

export function followActivities(deps: Dependencies): FollowActivities {
  return { followTarget: (ref) => longRunning(LOOP_LIMIT_MS, (run) => begin(deps, ref, run)) };
}

async function begin(deps: Dependencies, ref: FollowRequest, run: LongRun): Promise<FollowResult> {
  const name = `follow ${ref.what} of ${ref.pipeline} ${ref.target}`;
  const unchanged = { trouble: ref.trouble ?? [] };
  const work = takeTurn(name, async (before) => {
    while (!(await isWithin(before, LOOK_EVERY_MS))) if (run.dueToReturn()) return unchanged;
    return PipelineSession.use(deps.session, ref.pipeline, 'follow', (session) =>
      untilCancelled(run, [session], () => follow(deps, ref, run, session)),
    );
  });
  const told = new Promise<void>((resolve) => {
    if (run.signal.aborted) resolve();
    run.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, told]);
  return (await isWithin(work, LEFT_MS)) ? work : unchanged;
}

async function follow(
  deps: Dependencies,
  ref: FollowRequest,
  run: LongRun,
  session: PipelineSession,
): Promise<FollowResult> {
  const { name, everyMs, look } = SUBJECTS[ref.what];
  const troubles = new Troubles(deps.logger, ref);
  const due = new Due();
  while (!run.dueToReturn() && !troubles.hasNews) {
    if (due.is(name, everyMs)) {
      await troubles.guard(`${name} of ${ref.target}`, async () => {
        try {
          await look(session, ref.target);
        } catch (thrown) {
          // Ended on its server by the cancellation: no trouble of the target.
          if (!run.signal.aborted) throw thrown;
        }
      });
    }
    await run.pause(LOOK_EVERY_MS);
  }
  return { trouble: troubles.texts };
}
