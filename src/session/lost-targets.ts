/**
 * Targets that a new configuration does not have any more. Losing one loses all of its tables, so it
 * waits for `apply --confirm` as any change does that detaches more than a fifth of them (spec
 * section 1): until then its lane goes on with the former configuration.
 */
import { z } from 'zod';
import { configRevision } from '../config/revision.js';
import { SluiceError } from '../core/errors.js';
import type { PipelineRevision } from '../state/store.js';
import { leftTargets } from './left-targets.js';
import type { PipelineSession } from './pipeline-session.js';

const bodySchema = z.object({ targets: z.record(z.string(), z.unknown()) });

/**
 * Those that the targets agreed on last and that this configuration lacks. None once one of the
 * present targets has agreed on this very configuration. Where every target is new to the pipeline
 * (its name, or its database) the source tells for whom it keeps a feed.
 */
export async function lostTargets(session: PipelineSession): Promise<string[]> {
  const agreed = await agreedRevisions(session);
  const revision = configRevision(session.config);
  if (agreed.some((one) => one.configHash === revision)) return [];
  const former =
    agreed.length > 0
      ? agreed.flatMap(({ body }) => Object.keys(bodySchema.safeParse(body).data?.targets ?? {}))
      : (await leftTargets(session)).map(({ target }) => target);
  return [...new Set(former)].filter((name) => !session.targetNames.includes(name));
}

/** Whether one of the targets has agreed on this configuration as it is. */
export async function isAgreed(session: PipelineSession): Promise<boolean> {
  const revision = configRevision(session.config);
  return (await agreedRevisions(session)).some((one) => one.configHash === revision);
}

export function unconfirmedLoss(pipeline: string, lost: readonly string[]): SluiceError {
  const names = lost.join(', ');
  return new SluiceError(
    'CONFIG_UNCONFIRMED',
    `The new configuration has no target ${names} any more: nothing of it is used yet.`,
    { remedy: `If it is meant: sluice apply --pipeline ${pipeline} --confirm.` },
  );
}

/** Of the targets that answer and were set up. */
async function agreedRevisions(session: PipelineSession): Promise<PipelineRevision[]> {
  const found: PipelineRevision[] = [];
  for (const name of session.targetNames) {
    try {
      const { state } = await session.target(name);
      if ((await state.history.version()) === 0) continue;
      const current = await state.pipelines.current(session.pipeline, name);
      if (current !== null) found.push(current);
    } catch (thrown) {
      // One that is away, or whose database is not made yet, has nothing to say.
      if (!(thrown instanceof SluiceError)) throw thrown;
    }
  }
  return found;
}
