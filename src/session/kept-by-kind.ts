import type { FeedKind } from '../core/feed-kind.js';
import type { PipelineSession } from './pipeline-session.js';

export type KeptByKind = (kind: FeedKind) => Promise<number | null>;

/**
 * After how many seconds the source cleans a change of each feed away; null: not by the clock. Asked
 * once for each kind, however many lanes read it.
 */
export function keptByKind(session: PipelineSession, target: string): KeptByKind {
  const known = new Map<FeedKind, Promise<number | null>>();
  const ask = async (kind: FeedKind): Promise<number | null> => {
    const source = await session.source();
    const { keepsSeconds = null } = await source.feed(kind).health(session.feedName(target, kind));
    return keepsSeconds;
  };
  return (kind) => {
    const asked = known.get(kind) ?? ask(kind);
    known.set(kind, asked);
    return asked;
  };
}
