/**
 * Targets that the configuration of a pipeline lacks, while the source still keeps a feed for them:
 * nobody reads it, and its log grows until somebody removes it (spec section 4). The source is the
 * only one that can tell, as the way to the target's own database went with the configuration.
 */
import type { FeedKind } from '../core/feed-kind.js';
import type { FeedName } from '../engines/contract/feed.js';
import type { Finding } from '../engines/contract/schema.js';
import type { PipelineSession } from './pipeline-session.js';

const MB = 1024 * 1024;

export interface LeftTarget {
  readonly target: string;
  readonly kind: FeedKind;
  readonly feed: FeedName;
}

export async function leftTargets(session: PipelineSession): Promise<LeftTarget[]> {
  const kept = await keptTargets(session);
  return kept.filter(({ target }) => !session.targetNames.includes(target));
}

/** All for which the source keeps what Sluice made there, those of the configuration too. */
export async function keptTargets(session: PipelineSession): Promise<LeftTarget[]> {
  const source = await session.source();
  const kept: LeftTarget[] = [];
  for (const kind of session.sourceEngine().capabilities.feeds) {
    for (const target of (await source.feed(kind).targetsOf?.(session.pipeline)) ?? []) {
      kept.push({ target, kind, feed: session.leftFeedName(target, kind) });
    }
  }
  return kept;
}

/** One for each of them, whether its log is large already or not. */
export async function leftFindings(session: PipelineSession): Promise<Finding[]> {
  const source = await session.source();
  const findings: Finding[] = [];
  for (const { target, kind, feed } of await leftTargets(session)) {
    const { retainedBytes } = await source.feed(kind).health(feed);
    findings.push(leftFinding(session.pipeline, target, retainedBytes));
  }
  return findings;
}

export function leftFinding(
  pipeline: string,
  target: string,
  retainedBytes: number | null,
): Finding {
  const keeps =
    retainedBytes === null
      ? 'still has what was made for it (a publication, or capture instances)'
      : `keeps ${Math.round(retainedBytes / MB)} MB of log for it, and more every day`;
  return {
    severity: 'warning',
    code: 'feed.left-behind',
    subject: target,
    message: `The pipeline ${pipeline} has no target ${target} any more, and the source ${keeps}.`,
    remedy:
      `Let it go with sluice remove --pipeline ${pipeline} --target ${target}, or put the target ` +
      'back into the configuration.',
  };
}
