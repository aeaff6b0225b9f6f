/**
 * The metadata functions: which function of schema ms answers, with what types. Needed by
 * test/conformance/sqlserver/rights: "is told so: HAS_PERMS_BY_NAME",
 * test/conformance/sqlserver/definitions: "TRANSFER takes the rows, indexes and constraints" and
 * test/conformance/sqlserver/catalogue-columns: "sys.tables.ledger_type from SQL Server 2022 on".
 */
import type { MsType } from '../backend.js';
import type { DatabaseInfo } from '../engine/catalog-seam.js';
import type { Printed } from '../engine/print/printed.js';
import { INT, SQL_VARIANT, decimal, nvarchar } from '../engine/types/ms-types.js';
import type { Name } from '../tsql/ast.js';
import { notModelled } from '../tsql/cursor.js';

type Kind = 'text' | 'int';

interface Scalar {
  /** Of schema ms; a first argument with the database's number where `database` says so. */
  readonly fn: string;
  readonly args: readonly Kind[];
  /** How many of the arguments have to be there. */
  readonly least: number;
  readonly type: MsType | 'name';
  readonly database?: boolean;
}

const scalar = (
  fn: string,
  args: readonly Kind[],
  type: MsType | 'name',
  more: { least?: number; database?: boolean } = {},
): Scalar => ({ fn, args, type, least: args.length, ...more });

const SCALARS: Readonly<Record<string, Scalar>> = {
  object_id: scalar('object_id', ['text', 'text'], INT, { least: 1, database: true }),
  object_name: scalar('object_name', ['int'], 'name'),
  schema_id: scalar('schema_id', ['text'], INT, { database: true }),
  schema_name: scalar('schema_name', ['int'], 'name', { database: true }),
  db_id: scalar('db_id', ['text'], INT),
  db_name: scalar('db_name', ['int'], 'name'),
  col_name: scalar('col_name', ['int', 'int'], 'name'),
  type_name: scalar('type_name', ['int'], 'name', { database: true }),
  columnproperty: scalar('column_property', ['int', 'text', 'text'], INT),
  objectproperty: scalar('object_property', ['int', 'text'], INT),
  has_perms_by_name: scalar('has_perms_by_name', ['text', 'text', 'text'], INT, { database: true }),
  serverproperty: scalar('server_property', ['text'], SQL_VARIANT),
  ident_current: scalar('ident_current', ['text'], decimal(38, 0), { database: true }),
  is_srvrolemember: scalar('is_server_role_member', ['text'], INT),
  is_rolemember: scalar('is_role_member', ['text'], INT, { database: true }),
  is_member: scalar('is_role_member', ['text'], INT, { database: true }),
};

/** Functions that without an argument are about the session. */
const OF_SESSION: Readonly<Record<string, (db: number) => string>> = {
  db_id: (db) => String(db),
  db_name: (db) => `ms.db_name(${String(db)})`,
  schema_id: (db) => `ms.schema_id(${String(db)}, ms.default_schema(${String(db)}))`,
  schema_name: (db) => `ms.default_schema(${String(db)})::bpchar`,
  user_name: (db) => `ms.user_name(${String(db)})`,
};

export function metadataFunction(
  name: Name,
  args: readonly Printed[],
  database: DatabaseInfo,
): Printed | undefined {
  if (name.length !== 1) return undefined;
  const word = (name[0] ?? '').toLowerCase();
  const type = (of: MsType | 'name') => (of === 'name' ? nvarchar(128, database.collation) : of);
  const own = Object.hasOwn(OF_SESSION, word) ? OF_SESSION[word] : undefined;
  if (own !== undefined && args.length === 0) {
    const returns = word.endsWith('_id') ? INT : type('name');
    return { sql: own(database.id), type: returns, nullable: true };
  }
  if (word === 'databasepropertyex') return databaseProperty(args);
  const found = Object.hasOwn(SCALARS, word) ? SCALARS[word] : undefined;
  if (found === undefined) return undefined;
  if (args.length < found.least || args.length > found.args.length) {
    throw notModelled(`${word.toUpperCase()} with ${String(args.length)} arguments`);
  }
  const own_ = args.map((arg, index) => argument(arg, found.args[index] ?? 'text'));
  const all = found.database === true ? [String(database.id), ...own_] : own_;
  return { sql: `ms.${found.fn}(${all.join(', ')})`, type: type(found.type), nullable: true };
}

function argument({ sql }: Printed, kind: Kind): string {
  return kind === 'int' ? `(${sql})::integer` : `ss.t((${sql})::bpchar)`;
}

function databaseProperty([name, property]: readonly Printed[]): Printed {
  if (name === undefined || property === undefined)
    throw notModelled('DATABASEPROPERTYEX without its arguments');
  const sql = `ms.database_property(ms.db_id(${argument(name, 'text')}), ${argument(property, 'text')})`;
  return { sql, type: SQL_VARIANT, nullable: true };
}
