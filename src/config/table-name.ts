/**
 * `schema.table`, case as in the database. A part that holds a dot, a quote, a wildcard or a space
 * is put in double quotes, and a quote inside is doubled: `"we.ird"."ta ble"`.
 */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

export interface NamePart {
  readonly text: string;
  readonly quoted: boolean;
}

const PART = /"((?:[^"]|"")+)"|([^."\s]+)/y;

function readPart(text: string, from: number): { part: NamePart; end: number } | undefined {
  PART.lastIndex = from;
  const match = PART.exec(text);
  if (match === null) return undefined;
  const quoted = match[1]?.replaceAll('""', '"');
  const part = { text: quoted ?? match[2] ?? '', quoted: quoted !== undefined };
  return { part, end: PART.lastIndex };
}

/** Both parts of `schema.table` with their quotes taken off; undefined when it is something else. */
export function splitName(text: string): readonly [NamePart, NamePart] | undefined {
  const schema = readPart(text, 0);
  if (schema === undefined) return undefined;
  if (text[schema.end] !== '.') return undefined;
  const table = readPart(text, schema.end + 1);
  if (table?.end !== text.length) return undefined;
  return [schema.part, table.part];
}

/** Wildcards are not looked at: `*` in an unquoted part is an ordinary character here. */
export function parseTableName(text: string): TableName | undefined {
  const parts = splitName(text);
  return parts && { schema: parts[0].text, table: parts[1].text };
}

function formatPart(part: string): string {
  return /^[^."\s*?]+$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`;
}

/** The one spelling of a table that logs, ids and messages use; `parseTableName` reads it back. */
export function formatTableName(name: TableName): string {
  return `${formatPart(name.schema)}.${formatPart(name.table)}`;
}
