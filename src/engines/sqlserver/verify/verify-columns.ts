import { z } from 'zod';
import type { CanonicalKind, CanonicalValue } from '../../../core/canonical.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { DigestRequest } from '../../contract/verify.js';
import type { MsType } from '../catalog/model.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { quoteIdent } from '../sql/quote.js';
import type { TypedColumn } from '../types/staging.js';
import { hasText, textSql } from '../types/as-text.js';
import { readSql } from '../types/read-sql.js';
import { canonicalKind } from './canonical-kind.js';
import { READ_COLUMNS } from './sql/columns-sql.js';
import { canonicalRead } from './sql/read-sql.js';

/** A column as verification sees it. */
export interface VerifyColumn extends TypedColumn {
  readonly kind: CanonicalKind;
  /** It travels as text. Default: no. */
  readonly asText?: boolean;
  /** Reads it from a row with this alias for the worker to make the canonical text of it. */
  readonly read: (alias: string) => string;
}

export interface VerifyTable {
  readonly columns: readonly VerifyColumn[];
  readonly key: readonly VerifyColumn[];
  /** The server can turn text into UTF-8 (2019 and later). */
  readonly utf8: boolean;
}

const ROW = z.object({
  name: z.string(),
  typeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  collation: z.string().nullable(),
});

const HAS_UTF8 = 15;
const AS_UNICODE: ReadonlySet<CanonicalKind> = new Set<CanonicalKind>(['text', 'fixed']);

/**
 * @param major of the server's version
 * @throws SluiceError TABLE_MISSING or SCHEMA_MISMATCH where the request does not fit
 */
export async function readVerifyTable(
  query: Query,
  request: DigestRequest,
  major: number,
): Promise<VerifyTable> {
  const { schema, table } = request.table;
  const rows = await query(READ_COLUMNS, [
    param.nvarchar('schema', schema),
    param.nvarchar('table', table),
  ]);
  const remedy = 'Run plan to see what differs between source and target.';
  const shown = displayName(request.table);
  if (rows.length === 0) {
    throw new SluiceError('TABLE_MISSING', `The table ${shown} is not there.`, { remedy });
  }
  const byName = new Map(rows.map((row) => toColumn(ROW.parse(row))).map((c) => [c.name, c]));
  const find = (name: string): VerifyColumn => {
    const column = byName.get(name);
    if (column !== undefined) return asKind(column, request.kinds?.get(name));
    const message = `The table ${shown} has no column ${name}.`;
    throw new SluiceError('SCHEMA_MISMATCH', message, { remedy });
  };
  const utf8 = major >= HAS_UTF8;
  return { columns: request.columns.map(find), key: request.key.map(find), utf8 };
}

function toColumn(row: z.infer<typeof ROW>): VerifyColumn {
  const { name, typeName, maxLength, precision, scale, collation } = row;
  return verifyColumn(name, { name: typeName, maxLength, precision, scale }, collation);
}

/** A number that is held as text compares as a number; what travels as text compares as that. */
function asKind(column: VerifyColumn, kind: CanonicalKind | undefined): VerifyColumn {
  const { name, type } = column;
  if (kind === 'decimal' && column.kind === 'text') return { ...column, kind };
  if (kind !== 'text' || !hasText(type)) return column;
  const read = (alias: string) => textSql(type, `${alias}.${quoteIdent(name)}`);
  return { ...column, kind, read, asText: true };
}

export function verifyColumn(name: string, type: MsType, collation: string | null): VerifyColumn {
  const kind = canonicalKind(type);
  const read = (alias: string) =>
    AS_UNICODE.has(kind) || kind === 'binary'
      ? readSql(type, `${alias}.${quoteIdent(name)}`)
      : canonicalRead({ name, type }, alias);
  return { name, type, collation, kind, read };
}

/** @throws TypeError for what the driver does not give for these reads */
export function toCanonicalValue(value: unknown): CanonicalValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (Buffer.isBuffer(value)) return value;
  throw new TypeError('The driver gave a value of an unexpected kind.');
}
