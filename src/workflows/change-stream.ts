/**
 * The endless apply of one lane: the only reader of a shared log for one target. The activity
 * reads and writes; this workflow only starts it again and says what state the lane is in.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  afterFailure,
  backOffMs,
  NO_FAILURES,
  type FailureBudget,
} from '../core/failure-budget.js';
import { DEFAULT_TUNING, type ApplyResult, type LaneRef, type Tuning } from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { handleCommands, statusQuery, wakeSignal } from './messages.js';

export interface ChangeStreamInput extends LaneRef {
  readonly tuning?: Tuning;
}

export async function changeStream(input: ChangeStreamInput): Promise<void> {
  const lane: LaneRef = { pipeline: input.pipeline, target: input.target, n: input.n };
  const tuning = input.tuning ?? DEFAULT_TUNING;
  const work = activities(tuning, `changes → ${input.target}`);
  let budget: FailureBudget = NO_FAILURES;
  let stopped = false;
  let woken = false;
  let last: ApplyResult | null = null;
  let fault: string | null = null;

  handleCommands(
    (command) => {
      if (command.command === 'stop') stopped = true;
      woken = true;
    },
    (message) => (fault = message),
  );
  setHandler(wakeSignal, () => void (woken = true));
  setHandler(statusQuery, () => ({ ...lane, last, fault, failures: budget.failures, stopped }));

  while (!stopped) {
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof changeStream>({ ...lane, tuning });
    }
    woken = false;
    try {
      last = await untilStopped(() => stopped, work.stream, lane);
      budget = NO_FAILURES;
      fault = null;
      if (last?.reason === 'gap') {
        await work.stream.handleGap({ ...lane, reason: last.detail ?? 'the feed does not fit' });
      }
      setCurrentDetails(`changes → ${lane.target}: ${last?.changes ?? 0} in the last round`);
      if (last?.reason === 'stopped') await condition(() => woken || stopped);
    } catch (error) {
      if (isCancellation(error)) throw error;
      budget = afterFailure(budget);
      fault =
        error instanceof Error
          ? error.cause instanceof Error
            ? error.cause.message
            : error.message
          : null;
      setCurrentDetails(`changes → ${lane.target}: waiting after a failure: ${fault ?? ''}`);
      await condition(() => stopped || woken, backOffMs(budget, tuning.backOffMs));
    }
  }
}

async function untilStopped(
  stopped: () => boolean,
  stream: Activities['stream'],
  lane: LaneRef,
): Promise<ApplyResult | null> {
  const scope = new CancellationScope();
  let ended = false;
  const running = scope.run(() => stream.applyChanges(lane)).finally(() => (ended = true));
  const settled = running.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  await condition(() => ended || stopped());
  if (!ended) scope.cancel();
  const outcome = await settled;
  if ('result' in outcome) return outcome.result;
  if (isCancellation(outcome.error)) return null;
  throw outcome.error;
}
