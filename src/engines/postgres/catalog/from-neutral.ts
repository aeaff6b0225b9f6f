import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { NeutralColumn, NeutralKey, NeutralTable } from '../../../core/neutral-table.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import type { TableModel } from '../../contract/schema.js';
import { quoteIdent } from '../sql/quote.js';
import { MAX_NAME_BYTES, shortName } from '../sql/short-name.js';
import type { PgColumn, PgConstraint, PgIndex, PgRelation } from './model.js';
import { PgTable } from './model.js';

const MICROSECONDS = 6;
/** PostgreSQL documentation, "Numeric Types": digits that a declared numeric may have. */
const MAX_PRECISION = 1_000;

/**
 * A table of another engine as PostgreSQL would have it: types by their meaning, keys and plain
 * indexes. Foreign keys come later, when both tables are there.
 *
 * @throws SluiceError TYPE_UNSUPPORTED naming the column
 */
export function fromNeutral(model: TableModel): PgTable {
  const { neutral, name } = model;
  assertName(name.table, `The table ${displayName(name)}`);
  const root = relationOf(name, neutral);
  return new PgTable(root, [root], [], []);
}

function relationOf(name: TableName, neutral: NeutralTable): PgRelation {
  const named = (key: NeutralKey): NeutralKey => ({
    ...key,
    name: indexName(name.table, key.name),
  });
  const keys: PgKey[] = [
    ...(neutral.primaryKey === null
      ? []
      : [{ type: 'primary' as const, ...named(neutral.primaryKey) }]),
    ...neutral.uniques.map((key) => ({ type: 'unique' as const, ...named(key) })),
  ];
  const indexes = neutral.indexes.map((index) => ({ ...index, ...named(index) }));
  return {
    ...PLAIN_RELATION,
    oid: displayName(name),
    schema: name.schema,
    name: name.table,
    columns: neutral.columns.map((column, at) => columnOf(name, column, at + 1)),
    constraints: keys.map(constraintOf),
    indexes: [
      ...keys.map((key) => indexOf(key, key.type, columnList(key.columns))),
      ...indexes.map((index) => indexOf(index, null, columnList(index.columns, index.descending))),
    ],
  };
}

interface PgKey extends NeutralKey {
  readonly type: 'primary' | 'unique';
}

const PLAIN_RELATION = {
  kind: 'table',
  persistence: 'permanent',
  fileNode: '0',
  parent: null,
  partitionKey: null,
  partitionBound: null,
  inheritsFrom: [],
  hasChildren: false,
  replicaIdentity: 'default',
  rowSecurity: false,
  forceRowSecurity: false,
  options: [],
  toastOptions: [],
  comment: null,
  rows: 0,
  bytes: 0,
} as const;

function columnOf(table: TableName, column: NeutralColumn, attnum: number): PgColumn {
  const { name, type, sourceType } = column;
  const subject = `${displayName(table)}, column ${name}`;
  if (type === null) {
    throw new SluiceError(
      'TYPE_UNSUPPORTED',
      `${subject}, is ${sourceType} on the source, which PostgreSQL cannot hold unchanged.`,
      { remedy: 'Exclude the table, or give the column another type on the source.' },
    );
  }
  assertName(name, `The column ${subject}`);
  return {
    attnum,
    name,
    type: typeText(type),
    typeOid: '0',
    collation: null,
    defaultText: null,
    identity: column.identity ? 'by default' : null,
    generated: null,
    notNull: !column.nullable,
    notNullName: null,
    notNullValidated: true,
    storage: null,
    compression: null,
    statisticsTarget: null,
    options: [],
    comment: null,
    writer: '0',
    sequences: [],
  };
}

/** As format_type would write it, because what is found on the target is compared by that text. */
export function typeText(type: NeutralType): string {
  switch (type.kind) {
    case 'integer':
      return { 8: 'smallint', 16: 'smallint', 32: 'integer', 64: 'bigint' }[type.bits];
    case 'decimal': {
      const { precision, scale } = type;
      const limited = precision !== null && precision <= MAX_PRECISION;
      return limited ? `numeric(${precision},${scale ?? 0})` : 'numeric';
    }
    case 'float':
      return type.bits === 32 ? 'real' : 'double precision';
    case 'time':
      return `time${fraction(type.digits)} without time zone`;
    case 'timestamp':
      return `timestamp${fraction(type.digits)} ${type.zone === 'none' ? 'without' : 'with'} time zone`;
    case 'binary':
      return 'bytea';
    case 'text':
      if (type.length === null) return 'text';
      return `${type.fixed ? 'character' : 'character varying'}(${type.length})`;
    default:
      return type.kind;
  }
}

function fraction(digits: number): string {
  return digits >= MICROSECONDS ? '' : `(${digits})`;
}

function constraintOf({ type, name, columns }: PgKey): PgConstraint {
  const kind = type === 'primary' ? 'PRIMARY KEY' : 'UNIQUE';
  return {
    oid: name,
    name,
    type,
    definition: `${kind} (${columnList(columns)})`,
    columns,
    local: true,
    validated: true,
    parent: null,
    index: name,
    references: null,
    comment: null,
  };
}

function indexOf(key: NeutralKey, type: PgKey['type'] | null, columns: string): PgIndex {
  return {
    oid: key.name,
    name: key.name,
    unique: type !== null,
    primary: type === 'primary',
    replicaIdentity: false,
    valid: true,
    immediate: true,
    parent: null,
    constraint: type === null ? null : key.name,
    columns: key.columns,
    partial: false,
    tail: `btree (${columns})`,
    options: [],
    comment: null,
  };
}

function columnList(columns: readonly string[], descending: readonly boolean[] = []): string {
  return columns
    .map((column, at) => quoteIdent(column) + (descending[at] === true ? ' DESC' : ''))
    .join(', ');
}

/** Elsewhere an index's name need only be unique in its table; here in its schema. */
function indexName(table: string, name: string): string {
  return shortName(name.includes(table) ? name : `${table}_${name}`);
}

/** The server would cut it in silence. */
function assertName(name: string, subject: string): void {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new SluiceError(
    'TYPE_UNSUPPORTED',
    `${subject} has a name of more than ${MAX_NAME_BYTES} bytes, which PostgreSQL cannot hold.`,
    { remedy: 'Map the table to a shorter name, or rename the column on the source.' },
  );
}
