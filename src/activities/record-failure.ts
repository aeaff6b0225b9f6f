import { z } from 'zod';
import type { SluiceError } from '../core/errors.js';
import { PipelineSession } from '../session/pipeline-session.js';
import type { Dependencies } from './dependencies.js';

/** What the inputs of all activities have in common. */
const reference = z.object({
  pipeline: z.string(),
  target: z.string().optional(),
  slug: z.string().optional(),
  /** A lane of a copy, and one of a stream. */
  lane: z.number().optional(),
  n: z.number().optional(),
});
type Reference = z.infer<typeof reference>;

export interface FailedStep {
  readonly activity: string;
  /** The activity's input. */
  readonly of: unknown;
  readonly ranMs: number;
}

/** The same step has the same text, whoever tries it. */
export function stepOf(input: unknown, activity: string): string {
  return JSON.stringify([activity, reference.safeParse(input).data ?? null]);
}

/**
 * A step failed once more. When its tries are used up: a line of level error in the log of the
 * targets it worked for. The workflow goes on trying with a growing delay, and `status` says so. A
 * target that is away learns nothing; the worker's own log has it in any case.
 */
export async function noteFailure(
  deps: Pick<Dependencies, 'session' | 'logger' | 'failures'>,
  { activity, of, ranMs }: FailedStep,
  error: SluiceError,
): Promise<void> {
  const input = reference.safeParse(of);
  if (!input.success) return;
  const { pipeline } = input.data;
  try {
    await PipelineSession.use(deps.session, pipeline, 'log', async (session) => {
      const due = deps.failures.failed(stepOf(of, activity), ranMs, session.config);
      if (due) await writeDown(session, input.data, activity, error);
    });
  } catch {
    deps.logger.warn({ pipeline, activity }, 'The failure could not be written to the target.');
  }
}

async function writeDown(
  session: PipelineSession,
  { pipeline, target: only, slug }: Reference,
  activity: string,
  error: SluiceError,
): Promise<void> {
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
}
