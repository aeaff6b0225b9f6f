import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import { SluiceError } from '../../../core/errors.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import type { MsType } from '../catalog/model.js';
import { neutralSystemType } from '../catalog/neutral-type-of.js';
import { groupBy } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { SELECT_COLUMNS, SELECT_KEYS, SELECT_TABLE } from './sql/catalogue.js';

export interface TargetColumn {
  readonly name: string;
  readonly sql: string;
  readonly type: MsType;
  readonly collation: string | null;
  /** An INSERT may set it where it says so, an UPDATE never. */
  readonly identity: boolean;
  /** Computed, given out or counted by the server: never written. */
  readonly generated: boolean;
}

/** A target table as its catalogue describes it at the moment. */
export interface TargetTable {
  readonly name: TableName;
  readonly sql: string;
  /** An enabled foreign key of any table refers to it: a row may not go and come back. */
  readonly referenced: boolean;
  /** Triggers fire, whoever writes. */
  readonly triggered: boolean;
  /** Unique indexes, filtered ones and such over nullable columns included. */
  readonly uniques: number;
  readonly columns: readonly TargetColumn[];
  /** Column lists of the unique indexes without nulls, the primary key first. */
  readonly keys: readonly (readonly string[])[];
}

interface TableRecord extends Record<string, unknown> {
  id: number;
  referenced: number;
  replaced: number;
  triggered: number;
  uniques: number;
}

interface ColumnRecord extends Record<string, unknown> {
  name: string;
  type_name: string;
  max_length: number;
  precision: number;
  scale: number;
  collation_name: string | null;
  is_identity: boolean;
  is_computed: boolean;
  generated_always_type: number;
}

interface KeyRecord extends Record<string, unknown> {
  index_id: number;
  name: string;
  is_nullable: boolean;
}

/** What other engines know of a table's columns, by name. */
export function neutralIn({ columns }: TargetTable): (name: string) => NeutralType | null {
  const types = new Map(columns.map(({ name, type }) => [name, neutralSystemType(type)]));
  return (name) => types.get(name) ?? null;
}

/** @throws SluiceError TABLE_MISSING; SCHEMA_MISMATCH where a trigger takes the rows away */
export async function readTargetTable(query: Query, name: TableName): Promise<TargetTable> {
  const wanted = [param.nvarchar('schema', name.schema), param.nvarchar('name', name.table)];
  const [table] = await query<TableRecord>(SELECT_TABLE, wanted);
  if (table === undefined) throw tableMissing(name);
  if (table.replaced === 1) {
    throw new SluiceError(
      'SCHEMA_MISMATCH',
      `The target table ${displayName(name)} has an INSTEAD OF trigger, which decides by itself what becomes of a row.`,
      { remedy: 'Disable or drop the trigger, then retry the table.' },
    );
  }
  const id = [param.int('id', table.id)];
  const columns = await query<ColumnRecord>(SELECT_COLUMNS, id);
  // Dropped between the statements.
  if (columns.length === 0) throw tableMissing(name);
  const keys = groupBy(await query<KeyRecord>(SELECT_KEYS, id), (row) => row.index_id);
  return {
    name,
    sql: quoteQualified(name.schema, name.table),
    referenced: table.referenced === 1,
    triggered: table.triggered === 1,
    uniques: table.uniques,
    columns: columns.map(targetColumn),
    keys: [...keys.values()]
      .filter((key) => key.every((column) => !column.is_nullable))
      .map((key) => key.map((column) => column.name)),
  };
}

function tableMissing(name: TableName): SluiceError {
  return new SluiceError('TABLE_MISSING', `The target table ${displayName(name)} is not there.`, {
    remedy: 'Resync the table: that creates it again.',
  });
}

function targetColumn(row: ColumnRecord): TargetColumn {
  return {
    name: row.name,
    sql: quoteIdent(row.name),
    type: {
      name: row.type_name,
      maxLength: row.max_length,
      precision: row.precision,
      scale: row.scale,
    },
    collation: row.collation_name,
    identity: row.is_identity,
    generated: row.is_computed || row.generated_always_type !== 0 || row.type_name === 'timestamp',
  };
}
