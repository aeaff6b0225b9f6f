import { COMMANDS, type Command, type CommandName } from './protocol.js';

const MAX_TEXT = 500;

export type ParsedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly message: string };

/**
 * Read the payload of a signal or update. It may hold anything (`temporal workflow signal` sends
 * what a person typed), so this never throws: a malformed payload becomes a message. An empty
 * payload is a valid command for everything. `fallbackId` is used when no requestId was given.
 */
export function parseCommand(
  command: CommandName,
  payload: unknown,
  fallbackId: string,
): ParsedCommand {
  if (payload === undefined || payload === null) payload = {};
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    return refuse(command, 'its input has to be a JSON object');
  }
  const fields = payload as Record<string, unknown>;
  const known = ['requestId', 'by', 'reason', 'tables', 'target'];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    return refuse(command, `"${clip(unknown)}" is not one of its fields (${known.join(', ')})`);
  }
  for (const key of known) {
    const value = fields[key];
    if (value === undefined || (key === 'target' && value === null)) continue;
    if (typeof value !== 'string') return refuse(command, `"${key}" has to be text`);
    if (value.length > MAX_TEXT) return refuse(command, `"${key}" is longer than ${MAX_TEXT}`);
  }
  const text = (key: string, otherwise: string): string =>
    typeof fields[key] === 'string' && fields[key] !== '' ? fields[key] : otherwise;
  return {
    ok: true,
    command: {
      command,
      requestId: text('requestId', fallbackId),
      by: text('by', 'signal'),
      reason: text('reason', 'asked for'),
      tables: text('tables', '*'),
      target: typeof fields['target'] === 'string' ? fields['target'] : null,
    },
  };
}

export function isCommandName(name: string): name is CommandName {
  return (COMMANDS as readonly string[]).includes(name);
}

function refuse(command: string, why: string): ParsedCommand {
  return { ok: false, message: `The command ${command} was rejected: ${why}.` };
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
