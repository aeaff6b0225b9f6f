import { defineQuery, defineSignal, defineUpdate, setHandler, uuid4 } from '@temporalio/workflow';
import { parseCommand } from '../core/command.js';
import { COMMANDS, type Command, type CommandName } from '../core/protocol.js';

export interface Accepted {
  readonly accepted: boolean;
  readonly requestId: string | null;
  readonly message: string;
}

/** Somebody changed the table's state elsewhere: look again. */
export const wakeSignal = defineSignal('wake');
export const statusQuery = defineQuery<unknown>('status');

/**
 * Register every command as an update (answered) and as a signal of the same name. Handlers only
 * record and never throw: a malformed signal is handed to `onRejected`.
 */
export function handleCommands(
  onCommand: (command: Command) => void,
  onRejected: (message: string) => void,
): void {
  for (const name of COMMANDS) {
    setHandler(defineSignal<unknown[]>(name), (payload: unknown) => {
      take(name, payload);
    });
    setHandler(defineUpdate<Accepted, unknown[]>(name), (payload: unknown) => take(name, payload));
  }

  function take(name: CommandName, payload: unknown): Accepted {
    const parsed = parseCommand(name, payload, uuid4());
    if (!parsed.ok) {
      onRejected(parsed.message);
      return { accepted: false, requestId: null, message: parsed.message };
    }
    onCommand(parsed.command);
    const { requestId } = parsed.command;
    return { accepted: true, requestId, message: `${name} will be carried out.` };
  }
}
