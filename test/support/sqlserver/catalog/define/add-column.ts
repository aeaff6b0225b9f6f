/**
 * One column of CREATE TABLE or ALTER TABLE … ADD: its row in the catalog and what PostgreSQL
 * makes. Needed by test/conformance/sqlserver/identity: "counts from its seed by its increment" and
 * test/conformance/sqlserver/catalogue-meaning: "say what is computed, masked, encrypted and
 * generated".
 */
import { SqlError } from '../../backend.js';
import type { ColumnInfo, SessionContext } from '../../engine/catalog-seam.js';
import { pgType } from '../../engine/values/storage.js';
import type { ColumnDefinition, TableConstraint } from '../../tsql/ast.js';
import { expressionText } from '../definition-text.js';
import type { Place } from '../objects.js';
import { columnType } from './column-type.js';
import type { ColumnType } from './column-type.js';

/** A table in the making: the relation and the columns that stand already. */
export interface TableTarget {
  readonly id: number;
  readonly place: Place;
  readonly pg: string;
  readonly columns: ColumnInfo[];
}

export interface AddedColumn {
  readonly info: ColumnInfo;
  /** For CREATE TABLE (…) and ADD COLUMN. */
  readonly pgDefinition: string;
}

/** `keyed`: in a primary key, so it takes no NULL unless it says so. */
export async function addColumn(
  context: SessionContext,
  table: TableTarget,
  column: ColumnDefinition,
  id: number,
  keyed: boolean,
): Promise<AddedColumn> {
  refuseDuplicate(table, column.name);
  return column.computed === null
    ? addPlain(context, table, column, id, keyed)
    : addComputed(context, table, column, id, column.computed);
}

async function addPlain(
  context: SessionContext,
  table: TableTarget,
  column: ColumnDefinition,
  id: number,
  keyed: boolean,
): Promise<AddedColumn> {
  if (column.type === null) throw new Error('a column has a type or is computed');
  const { database } = table.place;
  const found = await columnType(context, database, column.type, column.collation);
  const strict = keyed || column.identity !== null || found.type.name === 'timestamp';
  const nullable = column.nullable ?? (strict ? false : (found.nullable ?? true));
  const pg = `c${String(id)}`;
  const { identity } = column;
  const sequence = `${table.pg.split('.')[0] ?? ''}.i${String(table.id)}`;
  const info: ColumnInfo = {
    id,
    name: column.name,
    pg,
    type: found.type,
    nullable,
    ...(identity === null ? {} : { identity: { ...identity, sequence } }),
    ...(found.type.name === 'timestamp' ? { default: 'ss.next_rowversion()' } : {}),
  };
  await writeColumn(context, table, info, column, found, null);
  const notNull = nullable ? '' : ' NOT NULL';
  const given = info.default === undefined ? '' : ` DEFAULT ${info.default}`;
  return { info, pgDefinition: `${pg} ${pgType(found.type)}${given}${notNull}` };
}

async function addComputed(
  context: SessionContext,
  table: TableTarget,
  column: ColumnDefinition,
  id: number,
  { expression, persisted }: NonNullable<ColumnDefinition['computed']>,
): Promise<AddedColumn> {
  const printed = await context.printExpression(expression, table.columns);
  const { type } = printed;
  const pg = `c${String(id)}`;
  const nullable = column.nullable ?? printed.nullable;
  const info: ColumnInfo = { id, name: column.name, pg, type, nullable, computed: true };
  const definition = { text: expressionText(expression), persisted };
  await writeColumn(context, table, info, column, { type, alias: null, nullable }, definition);
  const generated = `GENERATED ALWAYS AS (${printed.sql}) STORED`;
  return { info, pgDefinition: `${pg} ${pgType(type)} ${generated}` };
}

async function writeColumn(
  context: SessionContext,
  table: TableTarget,
  info: ColumnInfo,
  column: ColumnDefinition,
  { type, alias }: ColumnType,
  computed: { readonly text: string; readonly persisted: boolean } | null,
): Promise<void> {
  await context.query(
    `INSERT INTO ms.columns (object_id, id, name, key, type, alias, length, precision, scale, coll, nullable, seed,
       increment, not_for_replication, computed, persisted, row_guid, sparse, masked, marks)
     VALUES ($1, $2, $3, ms.name_key($4, $3), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      table.id,
      info.id,
      info.name,
      table.place.database.id,
      type.name,
      alias,
      type.length,
      type.precision,
      type.scale,
      type.collation,
      info.nullable,
      column.identity?.seed ?? null,
      column.identity?.increment ?? null,
      column.identity?.notForReplication ?? false,
      computed?.text ?? null,
      computed?.persisted ?? false,
      column.rowGuidCol,
      column.sparse,
      column.masked,
      column.marks,
    ],
  );
}

/** The sequence that gives an identity its values; it goes with the column. */
export async function addIdentitySequence(
  context: SessionContext,
  table: TableTarget,
  { pg, identity }: ColumnInfo,
): Promise<void> {
  if (identity === undefined) return;
  const down = identity.increment.startsWith('-');
  const bounds = down
    ? 'MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807'
    : 'MINVALUE -9223372036854775807 MAXVALUE 9223372036854775807';
  await context.query(
    `CREATE ${table.place.temporary ? 'TEMP ' : ''}SEQUENCE ${identity.sequence} INCREMENT ${identity.increment}
       ${bounds} START ${identity.seed} OWNED BY ${table.pg}.${pg}`,
  );
  await setDefault(context, table.pg, pg, `nextval('${identity.sequence}')`);
}

/** For bulk loads that leave the column out; INSERT says the value itself. */
export async function setDefault(
  context: SessionContext,
  relation: string,
  column: string,
  sql: string | null,
): Promise<void> {
  const change = sql === null ? 'DROP DEFAULT' : `SET DEFAULT ${sql}`;
  await context.query(`ALTER TABLE ${relation} ALTER COLUMN ${column} ${change}`);
}

/** The constraints that columns were written with, and those of the table itself. */
export function constraintsOf(
  columns: readonly ColumnDefinition[],
  own: readonly TableConstraint[],
): TableConstraint[] {
  return [...columns.flatMap(({ constraints }) => constraints), ...own];
}

function refuseDuplicate(table: TableTarget, name: string): void {
  if (!table.columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) return;
  throw new SqlError(
    2705,
    `Column names in each table must be unique. Column name '${name}' in table '${table.place.name}' is specified more than once.`,
    { state: 4 },
  );
}
