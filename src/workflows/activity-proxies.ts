/**
 * Time limits and retries of every activity, in one place (design section 4).
 *
 * Cancellation waits for the activity's end, set explicitly because the SDK's own default does not:
 * while a cancelled writer is alive nothing else may start. Long activities return by themselves at
 * a border; start-to-close is only the last resort, and heartbeats sent by a timer decide about
 * life. The number of attempts rides out a deploy; after it the workflow backs off.
 */
import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import { TASK_QUEUES } from '../core/ids.js';
import type {
  ControlActivities,
  CopyActivities,
  FollowActivities,
  StreamActivities,
  Tuning,
  VerifyActivities,
  WatchActivities,
} from '../core/protocol.js';

/** Of workflows that were started before the configuration said so, or by hand. */
const ATTEMPTS = 5;
const LONGEST_RETRY_MS = 30_000;

/** The pipeline's own back-off looks meanwhile at what others ask for; a retry would not. */
const RECONCILE_ATTEMPTS = 2;

type Reconcile = Pick<ControlActivities, 'reconcilePipeline'>;

export interface Activities {
  readonly reconcile: ActivityInterfaceFor<Reconcile>;
  readonly control: ActivityInterfaceFor<ControlActivities>;
  readonly watch: ActivityInterfaceFor<WatchActivities & FollowActivities>;
  readonly copy: ActivityInterfaceFor<CopyActivities>;
  readonly stream: ActivityInterfaceFor<StreamActivities>;
  readonly verify: ActivityInterfaceFor<VerifyActivities>;
}

export function activities(tuning: Tuning, summary: string): Activities {
  const long: ActivityOptions = {
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: tuning.heartbeatTimeoutMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: tuning.firstRetryMs,
      maximumInterval: Math.max(tuning.firstRetryMs, tuning.longestRetryMs ?? LONGEST_RETRY_MS),
      maximumAttempts: tuning.attempts ?? ATTEMPTS,
    },
    summary,
  };
  const attempts = Math.min(RECONCILE_ATTEMPTS, tuning.attempts ?? ATTEMPTS);
  return {
    reconcile: proxyActivities<Reconcile>({
      ...long,
      taskQueue: TASK_QUEUES.control,
      startToCloseTimeout: '10 minutes',
      retry: { ...long.retry, maximumAttempts: attempts },
    }),
    control: proxyActivities<ControlActivities>({
      ...long,
      taskQueue: TASK_QUEUES.control,
      startToCloseTimeout: '10 minutes',
    }),
    watch: proxyActivities<WatchActivities & FollowActivities>({
      ...long,
      taskQueue: TASK_QUEUES.control,
    }),
    copy: proxyActivities<CopyActivities>({ ...long, taskQueue: TASK_QUEUES.copy }),
    stream: proxyActivities<StreamActivities>({ ...long, taskQueue: TASK_QUEUES.stream }),
    verify: proxyActivities<VerifyActivities>({ ...long, taskQueue: TASK_QUEUES.verify }),
  };
}
