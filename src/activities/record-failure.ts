import { z } from 'zod';
import type { SluiceError } from '../core/errors.js';
import { PipelineSession } from '../session/pipeline-session.js';
import type { Dependencies } from './dependencies.js';

/** What the inputs of all activities have in common. */
const reference = z.object({
  pipeline: z.string(),
  target: z.string().optional(),
  slug: z.string().optional(),
});

/**
 * A step used up its tries: a line of level error in the log of the targets it worked for. The
 * workflow goes on trying with a growing delay, and `status` says so. A target that is away learns
 * nothing; the worker's own log has it in any case.
 */
export async function recordFailure(
  deps: Pick<Dependencies, 'session' | 'logger'>,
  input: unknown,
  activity: string,
  error: SluiceError,
): Promise<void> {
  const parsed = reference.safeParse(input);
  if (!parsed.success) return;
  const { pipeline, target: only, slug } = parsed.data;
  try {
    await PipelineSession.use(deps.session, pipeline, 'log', async (session) => {
      for (const name of only === undefined ? session.targetNames : [only]) {
        const { state } = await session.target(name);
        const row = slug === undefined ? null : await state.tables.find(pipeline, name, slug);
        await state.journal.event({
          pipeline,
          target: name,
          ...(row === null ? {} : { tableId: row.tableId }),
          level: 'error',
          kind: `failed.${activity}`,
          message: `${error.message} [${error.code}]`,
        });
      }
    });
  } catch {
    deps.logger.warn({ pipeline, activity }, 'The failure could not be written to the target.');
  }
}
