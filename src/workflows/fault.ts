import { ApplicationFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';
import { kindOf, type Failure } from '../core/table-failure.js';

const MAX_MESSAGE = 300;

/** What went wrong, in the words of the activity that says so. */
export function failureOf(error: unknown): Failure {
  const cause = rootFailure(error);
  if (cause instanceof ApplicationFailure) {
    const code = cause.type ?? 'UNEXPECTED';
    const kind = kindOf(code, cause.nonRetryable === true);
    return { code, message: clipped(cause.message), kind };
  }
  return { code: 'UNEXPECTED', message: clipped(otherwise(cause)), kind: 'transient' };
}

/** The innermost failure: activity and child failures wrap the one that says what happened. */
function rootFailure(error: unknown): unknown {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return current;
}

function otherwise(cause: unknown): string {
  if (cause instanceof TimeoutFailure) return 'The worker did not answer in time.';
  if (cause instanceof TerminatedFailure) return 'Somebody terminated the workflow of this step.';
  return cause instanceof Error ? cause.message : String(cause);
}

function clipped(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** Do what helps but must not stop anything: a failure is left to the activity's own record. */
export async function bestEffort(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
