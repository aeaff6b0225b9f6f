import type { Command } from '../core/protocol.js';
import {
  NO_COMMANDS,
  record,
  settle,
  type CommandLog,
  type Recorded,
} from '../core/command-log.js';

const QUEUE_LIMIT = 50;

/** What was asked of a pipeline and waits to be carried out, in its order. */
export class CommandQueue {
  #log: CommandLog;
  #heard = 0;

  constructor(log: CommandLog = NO_COMMANDS) {
    this.#log = log;
  }

  get log(): CommandLog {
    return this.#log;
  }

  /** Commands ever recorded: a new one ends a back-off, one that waits does not. */
  get heard(): number {
    return this.#heard;
  }

  get isEmpty(): boolean {
    return this.#log.queue.length === 0;
  }

  get isStopAsked(): boolean {
    return this.#log.queue.some(({ command }) => command === 'stop');
  }

  record(command: Command): Recorded {
    const { log, outcome } = record(this.#log, command, QUEUE_LIMIT);
    this.#log = log;
    if (outcome === 'recorded') this.#heard += 1;
    return outcome;
  }

  /**
   * Each command to each of its targets. A target that is away keeps its commands waiting, in their
   * order, and nobody else's: those that went out go out again, and tables know them by their id.
   *
   * @param carryOut says false when a command has to wait for a target, which it notes with why
   */
  async carryOutAll(
    carryOut: (command: Command, away: Map<string, unknown>) => Promise<boolean>,
  ): Promise<void> {
    const away = new Map<string, unknown>();
    for (const command of this.#log.queue) {
      if (await carryOut(command, away)) {
        this.#log = { ...this.#log, queue: settle(this.#log, command) };
      }
    }
    for (const failure of away.values()) throw failure;
  }
}
