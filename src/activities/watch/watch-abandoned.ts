/**
 * What no pipeline's own watch can see, because it does not run: a worker looks at every pipeline of
 * its configuration that has no running workflow, and says once when one has been left behind.
 */
import { toSluiceError } from '../../core/errors.js';
import { findAbandoned } from '../../session/abandoned.js';
import { leftFindings } from '../../session/left-targets.js';
import { PipelineSession, readConfiguration } from '../../session/pipeline-session.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { StateStore } from '../../state/store.js';
import type { Dependencies } from '../dependencies.js';

const LOOK_EVERY_MS = 60_000;

type Needed = Pick<Dependencies, 'session' | 'logger'> & {
  readonly client: { pipelineState(pipeline: string): Promise<{ readonly running: boolean }> };
};

/** Looks now and every minute until `stop`, which waits for a look that is under way. */
export function watchAbandoned(deps: Needed): { stop(): Promise<void> } {
  const told = new Set<string>();
  let looking = alertAbandoned(deps, told);
  const timer = setInterval(() => {
    looking = looking.then(() => alertAbandoned(deps, told));
  }, LOOK_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/** Never throws: what is told here must not disturb the worker. `told` keeps what was said. */
export async function alertAbandoned(deps: Needed, told: Set<string>): Promise<void> {
  try {
    for (const pipeline of Object.keys(readConfiguration(deps.session).config.pipelines)) {
      const { running } = await deps.client.pipelineState(pipeline);
      if (!running) await alertOf(deps, pipeline, told);
    }
  } catch (thrown) {
    deps.logger.debug({ code: toSluiceError(thrown).code }, 'Nothing is known of idle pipelines.');
  }
}

async function alertOf(deps: Needed, pipeline: string, told: Set<string>): Promise<void> {
  await PipelineSession.use(deps.session, pipeline, 'idle', async (session) => {
    const left = await leftFindings(session);
    for (const target of session.targetNames) {
      const { state } = await session.target(target);
      if ((await state.history.version()) === 0) continue;
      for (const lane of await state.lanes.list(pipeline)) {
        if (lane.target !== target) continue;
        const found = await findAbandoned(session, lane);
        // Said again when it ran meanwhile.
        const key = `${pipeline} ${lane.laneId} ${lane.updatedAt.getTime()}`;
        if (found !== null) await tellOnce(deps, { pipeline, target, state }, told, key, found);
      }
      for (const found of left) {
        const key = `${pipeline} ${target} without ${found.subject}`;
        await tellOnce(deps, { pipeline, target, state }, told, key, found);
      }
    }
  }).catch((thrown: unknown) => {
    const { code } = toSluiceError(thrown);
    deps.logger.debug({ pipeline, code }, 'Whether it was abandoned is not known.');
  });
}

interface Audience {
  readonly pipeline: string;
  readonly target: string;
  readonly state: StateStore;
}

async function tellOnce(
  { logger }: Needed,
  { pipeline, target, state }: Audience,
  told: Set<string>,
  key: string,
  found: Finding,
): Promise<void> {
  if (told.has(key)) return;
  told.add(key);
  const message = `${found.message} ${found.remedy ?? ''}`.trim();
  logger.warn({ pipeline, target, kind: found.code }, message);
  const entry = { pipeline, target, level: 'warning', kind: found.code } as const;
  await state.journal.event({ ...entry, message });
}
