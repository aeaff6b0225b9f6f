import type pg from 'pg';
import type { TableName } from '../../../core/names.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import { displayName } from '../../../core/names.js';
import { SluiceError } from '../../../core/errors.js';
import { builtInType } from '../catalog/neutral-type.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { SELECT_COLUMNS, SELECT_KEYS, SELECT_RELATION, SELECT_TYPES } from './sql/catalogue.js';

/** A type of the target as statements need it; never a domain. */
export interface TargetType {
  readonly oid: number;
  /** 0 where there is no array of it. */
  readonly arrayOid: number;
  /** Quoted in full and without a length, so that a cast to it never cuts. */
  readonly sql: string;
  /** Neither array nor composite: one value is one element of a one-dimensional array. */
  readonly simple: boolean;
  /** What other engines know of it. Default, and null: nothing. */
  readonly neutral?: NeutralType | null;
  /** Of an array: the type of its elements; 0 for every other type. */
  readonly elementOid: number;
}

export interface TargetColumn {
  readonly name: string;
  readonly sql: string;
  readonly type: TargetType;
  /** GENERATED ALWAYS AS IDENTITY: an UPDATE may not set it. */
  readonly always: boolean;
  /** Computed by the server: never written. */
  readonly generated: boolean;
  /** The operator that the column's index serves. */
  readonly equals: string;
  /** Values that are equal are written alike: not so 1.0 and 1.00, nor texts that differ in case. */
  readonly exact: boolean;
}

/** A target table as its catalogue describes it at the moment. */
export interface TargetTable {
  readonly name: TableName;
  /** Its name, for statements that put rows in. */
  readonly sql: string;
  /** For those that find rows: without the rows of tables that inherit from it. */
  readonly own: string;
  readonly partitioned: boolean;
  /** COPY writes the same rows as INSERT would. */
  readonly takesCopy: boolean;
  /** Tables, as displayName gives them, whose foreign keys take rows along when a row here goes. */
  readonly actsOn: readonly string[];
  readonly columns: readonly TargetColumn[];
  /** Column lists of the unique indexes without nulls, the primary key first. */
  readonly keys: readonly (readonly string[])[];
  /** Likewise of those that are deferrable: two rows may share such a key inside a transaction. */
  readonly lateKeys: readonly (readonly string[])[];
}

interface TypeRow {
  oid: string;
  array_oid: string;
  type_schema: string;
  type_name: string;
  simple: boolean;
  element_oid: string;
}

interface RelationRow {
  oid: string;
  kind: string;
  takes_copy: boolean;
  acts_on: string[];
}

interface ColumnRow extends TypeRow {
  name: string;
  always: boolean;
  generated: boolean;
  equals: string | null;
  exact: boolean;
}

interface KeyRow {
  columns: string[];
  immediate: boolean;
}

/** What other engines know of a table's columns, by name. */
export function neutralIn({ columns }: TargetTable): (name: string) => NeutralType | null {
  const types = new Map(columns.map(({ name, type }) => [name, type.neutral ?? null]));
  return (name) => types.get(name) ?? null;
}

/** @throws SluiceError TABLE_MISSING */
export async function readTargetTable(client: pg.Client, name: TableName): Promise<TargetTable> {
  const relations = await client.query<RelationRow>(SELECT_RELATION, [name.schema, name.table]);
  const relation = relations.rows[0];
  if (relation === undefined) {
    throw new SluiceError('TABLE_MISSING', `The target table ${displayName(name)} is not there.`, {
      remedy: 'Resync the table: that creates it again.',
    });
  }
  const columns = await client.query<ColumnRow>(SELECT_COLUMNS, [relation.oid]);
  const { rows: keys } = await client.query<KeyRow>(SELECT_KEYS, [relation.oid]);
  const sql = quoteQualified(name.schema, name.table);
  const partitioned = relation.kind === 'p';
  return {
    name,
    sql,
    own: partitioned ? sql : `only ${sql}`,
    partitioned,
    takesCopy: relation.takes_copy,
    actsOn: relation.acts_on,
    columns: columns.rows.map(targetColumn),
    keys: keys.filter((key) => key.immediate).map((key) => key.columns),
    lateKeys: keys.filter((key) => !key.immediate).map((key) => key.columns),
  };
}

/** Types by the source's number; for built-in types only, as others have numbers of their own. */
export async function readBuiltinTypes(
  client: pg.Client,
  oids: readonly number[],
): Promise<ReadonlyMap<number, TargetType>> {
  if (oids.length === 0) return new Map();
  const found = await client.query<TypeRow>(SELECT_TYPES, [oids]);
  return new Map(found.rows.map((row) => [Number(row.oid), targetType(row)]));
}

function targetColumn(row: ColumnRow): TargetColumn {
  return {
    name: row.name,
    sql: quoteIdent(row.name),
    type: targetType(row),
    always: row.always,
    generated: row.generated,
    equals: row.equals ?? '=',
    exact: row.exact,
  };
}

function targetType(row: TypeRow): TargetType {
  return {
    oid: Number(row.oid),
    arrayOid: Number(row.array_oid),
    sql: quoteQualified(row.type_schema, row.type_name),
    simple: row.simple,
    neutral: row.type_schema === 'pg_catalog' ? builtInType(row.type_name, null, null) : null,
    elementOid: Number(row.element_oid),
  };
}
