import type { Command, CommandName } from './protocol.js';

/** Longer text is refused: somebody sent something else than a command. */
const MAX_TEXT = 500;
/** What is kept of free text, so that a workflow's memory stays small. */
const KEPT = { by: 100, reason: 200 } as const;
const REQUEST_ID = /^[\x21-\x7e]{1,80}$/;
const FIELDS = ['requestId', 'by', 'reason', 'tables', 'target'] as const;
type Field = (typeof FIELDS)[number];

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
  const given = payload ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    return refuse(command, 'its input has to be a JSON object');
  }
  const fields = given as Partial<Record<Field, unknown>>;
  const fault = faultIn(fields);
  if (fault !== null) return refuse(command, fault);
  return {
    ok: true,
    command: {
      command,
      requestId: text(fields.requestId, fallbackId),
      by: kept(text(fields.by, 'signal'), KEPT.by),
      reason: kept(text(fields.reason, 'asked for'), KEPT.reason),
      tables: text(fields.tables, '*'),
      target: text(fields.target, '') || null,
    },
  };
}

/** Whether this may be a command's id: up to 80 visible ASCII characters. */
export function isRequestId(id: string): boolean {
  return REQUEST_ID.test(id);
}

function faultIn(fields: Partial<Record<Field, unknown>>): string | null {
  const unknown = Object.keys(fields).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    return `"${kept(unknown, 40)}" is not one of its fields (${FIELDS.join(', ')})`;
  }
  for (const field of FIELDS) {
    const value = fields[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') return `"${field}" has to be text`;
    if (value.length > MAX_TEXT) return `"${field}" is longer than ${MAX_TEXT} characters`;
  }
  const id = text(fields.requestId, '');
  if (id !== '' && !isRequestId(id)) {
    return '"requestId" has to be up to 80 letters, digits or signs without spaces';
  }
  return null;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** One line of at most `length` characters; a cut never leaves half a character. */
function kept(value: string, length: number): string {
  return value.slice(0, length).replaceAll(/\p{Cc}|\p{Cs}/gu, ' ');
}

function refuse(command: string, why: string): ParsedCommand {
  return { ok: false, message: `The command ${command} was rejected: ${why}.` };
}
