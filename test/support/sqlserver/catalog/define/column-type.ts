/**
 * From a type's name to the type, also an alias. Needed by
 * test/conformance/sqlserver/catalogue-meaning: "lead from an alias to the type below it" and
 * test/conformance/sqlserver/catalogue-meaning: "count max_length in bytes".
 */
import { SqlError } from '../../backend.js';
import type { MsType } from '../../backend.js';
import type { DatabaseInfo, SessionContext } from '../../engine/catalog-seam.js';
import { writtenCollation } from '../../engine/types/collation.js';
import { systemType } from '../../engine/types/type-names.js';
import type { Name, TypeName } from '../../tsql/ast.js';
import { typeOfRow } from '../column-rows.js';

export interface ColumnType {
  readonly type: MsType;
  /** Number of the alias type, if it is one. */
  readonly alias: number | null;
  /** What CREATE TYPE said about NULL. */
  readonly nullable: boolean | null;
}

interface AliasRow {
  readonly id: number;
  readonly type: string;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly collation: string | null;
  readonly nullable: boolean;
}

/** Throws 2715 for a type that nobody made. */
export async function columnType(
  context: SessionContext,
  database: DatabaseInfo,
  name: TypeName,
  collation: string | null,
): Promise<ColumnType> {
  const named = writtenCollation(collation, database.collation, context.database.collation);
  const found = systemType(name, named, false);
  if (found !== undefined) return { type: checkedSize(found), alias: null, nullable: null };
  const alias = await findAlias(context, database, name.name);
  if (alias === undefined) {
    throw new SqlError(2715, `Cannot find data type ${name.name.join('.')}.`, { state: 6 });
  }
  const type = typeOfRow(alias);
  const own = type.collation === null || collation === null ? type.collation : named;
  return { type: { ...type, collation: own }, alias: alias.id, nullable: alias.nullable };
}

/** A type made by CREATE TYPE … FROM. */
export async function findAlias(
  context: Pick<SessionContext, 'query'>,
  database: DatabaseInfo,
  name: Name,
): Promise<AliasRow | undefined> {
  const [row] = await context.query<AliasRow>(
    `SELECT id, base AS type, length, precision, scale, coll AS collation, nullable FROM ms.types
      WHERE db = $1 AND key = ms.name_key($1, $2)
        AND schema_id = ms.schema_id($1, coalesce(nullif($3, ''), ms.default_schema($1)))`,
    [database.id, name.at(-1) ?? '', name.at(-2) ?? ''],
  );
  return row;
}

function checkedSize(type: MsType): MsType {
  if (type.length > 8000 && type.name !== 'sql_variant') {
    throw new SqlError(
      131,
      `The size (${String(type.length)}) given to the type '${type.name}' exceeds the maximum allowed for any data type (8000).`,
      { level: 15 },
    );
  }
  return type;
}
