import { Context } from '@temporalio/activity';
import type { MetricCounter } from '@temporalio/common';
import type { LaneRef } from '../../core/protocol.js';
import type { LongRun } from '../long-running.js';

/** The run of a lane, whose reports are also counted for a worker with --metrics-port. */
export function countApplied(run: LongRun, { pipeline, target, n }: LaneRef): LongRun {
  const meter = Context.current().metricMeter.withTags({ pipeline, target, lane: String(n) });
  const transactions = meter.createCounter(
    'sluice_applied_transactions',
    undefined,
    'Transactions of the source that were committed on the target.',
  );
  const changes = meter.createCounter(
    'sluice_applied_changes',
    undefined,
    'Rows of them that were written, or parked for tables that are out of the stream.',
  );
  const addTransactions = growthOf(transactions);
  const addChanges = growthOf(changes);
  return {
    ...run,
    report: (details) => {
      addTransactions(details.transactions);
      addChanges(details.changes);
      run.report(details);
    },
  };
}

/** A lane reports what it has done since it began; a counter takes what came since the last time. */
function growthOf(counter: MetricCounter): (sum: string | number | null | undefined) => void {
  let last = 0;
  return (sum) => {
    if (typeof sum !== 'number' || sum <= last) return;
    counter.add(sum - last);
    last = sum;
  };
}
