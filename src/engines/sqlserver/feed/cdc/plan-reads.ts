import type { Position } from '../../../contract/feed.js';
import { parseInstanceName } from './instance-name.js';
import type { Instance } from './instances.js';
import { decrement, increment } from './lsn.js';

/** A stretch of the feed: from exclusive, to inclusive. */
export interface Stretch {
  readonly from: Position;
  readonly to: Position;
}

export interface PlannedRead extends Stretch {
  readonly instance: Instance;
}

export interface TablePlan {
  readonly reads: readonly PlannedRead[];
  /** Why changes of this stretch are not there any more; null: they all are. */
  readonly lost: string | null;
}

/**
 * Which instance of one table says what happened in a stretch. Where a table has two, the older one
 * speaks up to the start of the younger, so that no change is told twice and none is left out.
 *
 * A start behind the beginning of the stretch is a loss where a clean-up moved it, and where the
 * instance continues another one that is gone. A first instance that is merely young lost nothing:
 * its table is copied after it was made.
 *
 * @param instances of one table, oldest first
 */
export function planReads(instances: readonly Instance[], stretch: Stretch): TablePlan {
  const started = instances
    .filter((instance): instance is Started => instance.start !== null)
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  const reads = started.flatMap((instance, index) => {
    const next = started[index + 1];
    const from = later(stretch.from, decrement(instance.start));
    const to = next === undefined ? stretch.to : earlier(stretch.to, decrement(next.start));
    return from < to ? [{ instance, from, to }] : [];
  });
  return { reads, lost: lossOf(started[0], stretch.from) };
}

/**
 * What of a planned read is not whole any more, now that its instance begins at `start`. The server
 * raises the start before it deletes (sys.sp_cdc_cleanup_change_table), so what was read before the
 * start was asked for is whole where it still begins in time
 * (test/conformance/sqlserver/change-data-capture: "raises the start of the instance to the mark").
 *
 * @param told everything up to there was read before
 */
export function overtaken(read: PlannedRead, start: Position | null, told: Position): boolean {
  const from = later(read.from, told);
  return from < read.to && start !== null && increment(from) < start;
}

type Started = Instance & { readonly start: Position };

function lossOf(oldest: Started | undefined, from: Position): string | null {
  if (oldest === undefined || increment(from) >= oldest.start) return null;
  if (oldest.cleaned) return cleanedAway(oldest);
  const generation = parseInstanceName(oldest.name)?.generation ?? 1;
  if (generation === 1) return null;
  return `the capture instance before ${oldest.name} is gone and had changes that were not read yet`;
}

export function cleanedAway({ name }: Instance): string {
  return `the clean-up of Change Data Capture removed changes of ${name} that were not read yet`;
}

function later(a: Position, b: Position): Position {
  return a > b ? a : b;
}

function earlier(a: Position, b: Position): Position {
  return a < b ? a : b;
}
