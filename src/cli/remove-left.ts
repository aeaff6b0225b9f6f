/** `remove` of a target that its pipeline does not have any more: what is left is on the source. */
import type { SluiceConfig } from '../config/schema.js';
import { SluiceError } from '../core/errors.js';
import { leftTargets, type LeftTarget } from '../session/left-targets.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { CliContext } from './context.js';
import { matchesName, selectForAction } from './select.js';

export interface LeftOfPipeline {
  readonly pipeline: string;
  readonly left: readonly LeftTarget[];
}

/** Those that `--target` means; none when it means a target that the configuration has. */
export async function findLeft(cli: CliContext, config: SluiceConfig): Promise<LeftOfPipeline[]> {
  const { target: pattern, ...others } = cli.options;
  if (pattern === undefined) return [];
  const found: LeftOfPipeline[] = [];
  for (const { name, targets } of selectForAction(config, others)) {
    if (targets.some((target) => matchesName(pattern, target))) return [];
    const all = await cli.use(name, 'remove', leftTargets);
    const left = all.filter(({ target }) => matchesName(pattern, target));
    if (left.length > 0) found.push({ pipeline: name, left });
  }
  return found;
}

/**
 * Returns what was dropped, as `kind name`.
 *
 * @throws SluiceError FEED_IN_USE while somebody reads it
 */
export async function dropLeft(
  session: PipelineSession,
  { target, kind, feed }: LeftTarget,
): Promise<readonly string[]> {
  const source = (await session.source()).feed(kind);
  if ((await source.health(feed)).inUse === true) {
    throw new SluiceError('FEED_IN_USE', `The change stream to ${target} still runs.`, {
      remedy: `End it first: sluice apply --pipeline ${session.pipeline} --confirm.`,
    });
  }
  return source.drop(feed);
}
