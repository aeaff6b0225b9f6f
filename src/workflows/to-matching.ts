import { isCancellation } from '@temporalio/workflow';
import type { TablePage, TargetFacts } from '../core/protocol.js';
import { eachPage } from './each-page.js';

export interface Sending {
  readonly page: (target: TargetFacts, after: string) => Promise<TablePage>;
  readonly send: (target: TargetFacts, slugs: readonly string[]) => Promise<void>;
}

/**
 * Send to the matching tables of each target that answers; one that does not is put down in `away`.
 * How many tables it went to; null when a target is away.
 */
export async function toMatching(
  targets: readonly TargetFacts[],
  away: Map<string, unknown>,
  { page, send }: Sending,
): Promise<number | null> {
  let sent = 0;
  for (const target of targets.filter(({ target: name }) => !away.has(name))) {
    try {
      await eachPage(
        (after) => page(target, after),
        async (slugs) => {
          sent += slugs.length;
          await send(target, slugs);
        },
      );
    } catch (error) {
      if (isCancellation(error)) throw error;
      away.set(target.target, error);
    }
  }
  return targets.some(({ target: name }) => away.has(name)) ? null : sent;
}
