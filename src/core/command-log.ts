import type { Command } from './protocol.js';

/** Commands that a workflow has been given: those that wait, and the ids of all it knows. */
export interface CommandLog {
  /** In the order they came, not yet carried out. */
  readonly queue: readonly Command[];
  /** Ids of commands that were carried out or are in the queue; the newest 50. */
  readonly seen: readonly string[];
}

export const NO_COMMANDS: CommandLog = { queue: [], seen: [] };

export type Recorded = 'recorded' | 'repeated' | 'full';

const SEEN_LIMIT = 50;

/**
 * Record a command. A repeated requestId changes nothing. A command that asks for the same as a
 * waiting one takes its place, at the end: the last word counts, and a flood of them stays small.
 */
export function record(
  log: CommandLog,
  command: Command,
  limit: number,
): { readonly log: CommandLog; readonly outcome: Recorded } {
  if (log.seen.includes(command.requestId)) return { log, outcome: 'repeated' };
  const others = log.queue.filter((waiting) => !asksForTheSame(waiting, command));
  if (others.length >= limit) return { log, outcome: 'full' };
  return {
    log: {
      queue: [...others, command],
      seen: [...log.seen, command.requestId].slice(-SEEN_LIMIT),
    },
    outcome: 'recorded',
  };
}

/** The queue without a command that was carried out or given up. */
export function settle(log: CommandLog, command: Command): readonly Command[] {
  return log.queue.filter((waiting) => waiting.requestId !== command.requestId);
}

function asksForTheSame(one: Command, other: Command): boolean {
  return (
    one.command === other.command && one.tables === other.tables && one.target === other.target
  );
}
