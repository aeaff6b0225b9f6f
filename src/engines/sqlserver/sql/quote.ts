import { SluiceError } from '../../../core/errors.js';

/** sysname holds 128 UTF-16 units; the server refuses a longer identifier. */
const MAX_IDENTIFIER_LENGTH = 128;

/**
 * Identifier in brackets.
 *
 * @throws SluiceError CONFIG_INVALID for a name no server can hold: empty, with a NUL, or longer
 * than 128 UTF-16 units.
 */
export function quoteIdent(name: string): string {
  if (name.length === 0 || name.length > MAX_IDENTIFIER_LENGTH || name.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', `"${name.slice(0, 80)}" cannot be a SQL Server name.`, {
      remedy: `Use a name of 1 to ${MAX_IDENTIFIER_LENGTH} characters without a NUL character.`,
    });
  }
  return `[${name.replaceAll(']', ']]')}]`;
}

/** `[schema].[name]`. Throws as quoteIdent does. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** Unicode string literal; for DDL, where no parameter can stand. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', 'A text with a NUL character cannot be sent as SQL.', {
      remedy: 'Remove the NUL character from the configured text.',
    });
  }
  return `N'${text.replaceAll("'", "''")}'`;
}
