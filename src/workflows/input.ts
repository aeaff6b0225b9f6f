import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { DEFAULT_TUNING, type Tuning } from '../core/protocol.js';

/**
 * Refuse an input that lacks a name: anybody may start a workflow by hand with anything, and what
 * only breaks the workflow's task would be tried for ever.
 */
export function requireNames(input: unknown, ...names: readonly string[]): void {
  const fields: Record<string, unknown> =
    typeof input === 'object' && input !== null ? { ...input } : {};
  const lacking = names.find((name) => {
    const value = fields[name];
    return typeof value !== 'string' || value === '';
  });
  if (lacking === undefined) return;
  throw refusal(`The input has to be a JSON object with the text "${lacking}".`);
}

/** An entity has one id, so that there is never a second one for the same thing. */
export function requireId(what: string, id: string): void {
  if (workflowInfo().workflowId === id) return;
  throw refusal(`The workflow of ${what} has to have the id "${id}".`);
}

/** Durations that came with the input, where they are positive numbers; else the defaults. */
export function tuningOf(given: Tuning | undefined): Tuning {
  const tuning: Record<string, unknown> =
    typeof given === 'object' && given !== null ? { ...given } : {};
  const positive = (value: unknown): value is number => typeof value === 'number' && value > 0;
  const entries = Object.entries(tuning).filter(([, value]) => positive(value));
  return { ...DEFAULT_TUNING, ...Object.fromEntries(entries) };
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'COMMAND_INVALID');
}
