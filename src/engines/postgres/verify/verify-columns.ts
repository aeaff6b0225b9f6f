import { SluiceError } from '../../../core/errors.js';
import type { CanonicalKind } from '../../../core/canonical.js';
import { displayName } from '../../../core/names.js';
import type { DigestRequest } from '../../contract/verify.js';
import type { Query } from '../sql-session.js';

/** A column as verification sees it. */
export interface VerifyColumn {
  readonly name: string;
  /** For casts; the type itself where the column has a domain. */
  readonly type: string;
  /** Name of the built-in type, or null for every other type. */
  readonly builtin: string | null;
  readonly kind: CanonicalKind;
  /** It travels as text: compared as its output function writes it. */
  readonly asText?: boolean;
  /** GENERATED ALWAYS AS IDENTITY: an UPDATE may not set it. */
  readonly always: boolean;
}

export interface VerifyTable {
  /** `ONLY` in front where the table may have inheritance children. */
  readonly only: boolean;
  readonly columns: readonly VerifyColumn[];
  readonly key: readonly VerifyColumn[];
  readonly utf8: boolean;
}

interface Row extends Record<string, unknown> {
  readonly name: string;
  readonly type: string;
  readonly type_name: string;
  readonly builtin: boolean;
  readonly always: boolean;
  readonly table_kind: string;
  readonly encoding: string;
}

const KINDS: Readonly<Record<string, CanonicalKind>> = {
  bool: 'boolean',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  oid: 'integer',
  numeric: 'decimal',
  money: 'decimal',
  float4: 'float',
  float8: 'float',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  uuid: 'uuid',
  bytea: 'binary',
  bpchar: 'fixed',
  json: 'json',
  jsonb: 'json',
};

const READ_COLUMNS = `
WITH RECURSIVE base AS (
  SELECT a.attnum, a.attname, a.attidentity, t.oid, t.typtype, t.typbasetype
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = $1 AND c.relname = $2)
     AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.attnum, b.attname, b.attidentity, t.oid, t.typtype, t.typbasetype
    FROM base b JOIN pg_type t ON t.oid = b.typbasetype
   WHERE b.typtype = 'd')
SELECT b.attname AS name, format_type(t.oid, -1) AS type, t.typname AS type_name,
       t.typnamespace = 'pg_catalog'::regnamespace AS builtin,
       b.attidentity = 'a' AS always,
       (SELECT c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2) AS table_kind,
       current_setting('server_encoding') AS encoding
  FROM base b
  JOIN pg_type t ON t.oid = b.oid
 WHERE b.typtype <> 'd'
 ORDER BY b.attnum`;

/** Throws SluiceError TABLE_MISSING or SCHEMA_MISMATCH where the request does not fit. */
export async function readVerifyTable(query: Query, request: DigestRequest): Promise<VerifyTable> {
  const { schema, table } = request.table;
  const rows = await query<Row>(READ_COLUMNS, [schema, table]);
  const [first] = rows;
  if (first === undefined) {
    throw new SluiceError(
      'TABLE_MISSING',
      `The table ${displayName(request.table)} is not there.`,
      {
        remedy: 'Run plan to see what differs between source and target.',
      },
    );
  }
  const byName = new Map(rows.map((row) => [row.name, toColumn(row)]));
  const find = (name: string): VerifyColumn => {
    const column = byName.get(name);
    if (column !== undefined) return asKind(column, request.kinds?.get(name));
    throw new SluiceError(
      'SCHEMA_MISMATCH',
      `The table ${displayName(request.table)} has no column ${name}.`,
      { remedy: 'Run plan to see what differs between source and target.' },
    );
  };
  return {
    only: first.table_kind === 'r',
    columns: request.columns.map(find),
    key: request.key.map(find),
    utf8: first.encoding === 'UTF8',
  };
}

/** What travels as text is text on both sides. */
function asKind(column: VerifyColumn, kind: CanonicalKind | undefined): VerifyColumn {
  return kind === 'text' ? { ...column, kind, asText: true } : column;
}

function toColumn(row: Row): VerifyColumn {
  const builtin = row.builtin ? row.type_name : null;
  const kind = builtin === null ? 'text' : (KINDS[builtin] ?? 'text');
  return { name: row.name, type: row.type, builtin, kind, always: row.always };
}
