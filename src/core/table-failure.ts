import { ERROR_KINDS, type ErrorKind } from './errors.js';
import { afterFailure, isExhausted, isOutage } from './failure-budget.js';
import { settle } from './command-log.js';
import { afterCommand, type Fault, type TableMemory, type TableStep } from './table-life.js';

export interface Failure extends Fault {
  readonly kind: ErrorKind;
}

/** Only work on a table's data may quarantine it; the rest is tried again until it succeeds. */
const WORKS_ON_DATA: readonly TableStep['kind'][] = [
  'bootstrap',
  'beginEpoch',
  'fullSync',
  'resume',
  'poll',
];

/** The kind of a failure by its code; a code of nobody's catalogue is as the worker judged it. */
export function kindOf(code: string, nonRetryable: boolean): ErrorKind {
  const known = Object.entries(ERROR_KINDS).find(([name]) => name === code);
  if (known !== undefined) return known[1];
  return nonRetryable ? 'permanent' : 'transient';
}

/**
 * What a failed step leaves in the memory: a longer back-off, and for work on the table's data a
 * fault to be quarantined for when a person has to act or the budget is spent.
 */
export function afterFailedStep(
  memory: TableMemory,
  step: TableStep,
  failure: Failure,
): TableMemory {
  if (step.kind === 'command') return afterFailedCommand(memory, step.command, failure);
  const onData = WORKS_ON_DATA.includes(step.kind);
  const itsOwn = onData && !isOutage(failure.code);
  const budget = afterFailure(memory.budget, itsOwn && failure.kind === 'transient');
  const needsPerson = failure.kind === 'permanent';
  const gaveUp = itsOwn && (needsPerson || (failure.kind === 'transient' && isExhausted(budget)));
  const { code, message } = failure;
  return { ...memory, budget, fault: gaveUp ? { code, message } : memory.fault };
}

function afterFailedCommand(
  memory: TableMemory,
  command: Extract<TableStep, { kind: 'command' }>['command'],
  failure: Failure,
): TableMemory {
  // Stopping needs nothing from the target: whoever stops must be able to, also while it is away.
  if (command.command === 'stop') return afterCommand(memory, command);
  if (failure.kind === 'permanent') return { ...memory, queue: settle(memory, command) };
  return { ...memory, budget: afterFailure(memory.budget, false) };
}
