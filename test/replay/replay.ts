import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { historyOf, type Recorded } from './record.js';
import '../workflow/quiet-runtime.js';

/** What each recorded history says of these workflows: null when they would do the same again. */
export async function replay(
  workflowBundle: NonNullable<ReplayWorkerOptions['workflowBundle']>,
  recorded: readonly Recorded[],
): Promise<Map<string, Error | null>> {
  const histories = recorded.map((one) => ({
    workflowId: one.workflowId,
    history: historyOf(one),
  }));
  const verdicts = new Map<string, Error | null>();
  const results = Worker.runReplayHistories({ workflowBundle }, histories);
  let n = 0;
  for await (const { error } of results) {
    verdicts.set(recorded[n++]?.name ?? '', error ?? null);
  }
  return verdicts;
}
