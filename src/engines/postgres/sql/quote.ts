import { SluiceError } from '../../../core/errors.js';

/** The server cuts a longer identifier off with no more than a notice, so two names could meet. */
const MAX_IDENTIFIER_BYTES = 63;

/**
 * Double-quoted identifier.
 *
 * @throws SluiceError CONFIG_INVALID for a name no server can hold: empty, with a NUL, or longer
 * than 63 bytes of UTF-8 (which the server would cut off without an error).
 */
export function quoteIdent(name: string): string {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes === 0 || bytes > MAX_IDENTIFIER_BYTES || name.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', `"${name.slice(0, 80)}" cannot be a PostgreSQL name.`, {
      remedy: `Use a name of 1 to ${MAX_IDENTIFIER_BYTES} bytes without a NUL character.`,
    });
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. Throws as quoteIdent does. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/**
 * String literal that reads the same whether `standard_conforming_strings` is on or off: text with
 * a backslash becomes an escape string, which ignores that setting. The leading blank of that form
 * keeps the E from joining a preceding word.
 *
 * @throws SluiceError CONFIG_INVALID for text with a NUL, which no PostgreSQL text can hold.
 */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', 'A text with a NUL character cannot be sent as SQL.', {
      remedy: 'Remove the NUL character from the configured text.',
    });
  }
  const quoted = text.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
