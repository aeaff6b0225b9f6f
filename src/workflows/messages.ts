import {
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { isRequestId, parseCommand } from '../core/command.js';
import type { Recorded } from '../core/command-log.js';
import { COMMANDS, type Command, type CommandName } from '../core/protocol.js';
import type { Rejections } from './rejections.js';

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
 * record and never throw: a malformed or unknown message becomes a rejection.
 */
export function handleCommands(
  onCommand: (command: Command) => Recorded,
  rejections: Rejections,
): void {
  for (const name of COMMANDS) {
    setHandler(defineSignal<unknown[]>(name), (payload: unknown) => {
      take(name, payload, uuid4());
    });
    setHandler(defineUpdate<Accepted, unknown[]>(name), (payload: unknown) => {
      const id = currentUpdateInfo()?.id ?? '';
      return take(name, payload, isRequestId(id) ? id : uuid4());
    });
  }
  setDefaultSignalHandler((name) => {
    rejections.add(`There is no command "${name.slice(0, 40)}" (${COMMANDS.join(', ')}).`);
  });

  function take(name: CommandName, payload: unknown, fallbackId: string): Accepted {
    const parsed = parseCommand(name, payload, fallbackId);
    if (!parsed.ok) {
      rejections.add(parsed.message);
      return { accepted: false, requestId: null, message: parsed.message };
    }
    const { requestId } = parsed.command;
    switch (onCommand(parsed.command)) {
      case 'recorded':
        return { accepted: true, requestId, message: `${name} will be carried out.` };
      case 'repeated':
        return { accepted: true, requestId, message: `${name} was asked for before.` };
      case 'full': {
        const message = `The command ${name} was rejected: too many commands are waiting.`;
        rejections.add(message);
        return { accepted: false, requestId, message };
      }
    }
  }
}
