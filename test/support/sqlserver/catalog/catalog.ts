/**
 * The catalog as the engine asks for it, which hands each question to the file that knows. Needed
 * by test/conformance/sqlserver/catalogue-meaning: "count: the value of a sequence before its first
 * use is its start".
 */
import type { MsType } from '../backend.js';
import { SqlError } from '../backend.js';
import type {
  Catalog,
  ConstraintInfo,
  DatabaseInfo,
  ProcedureCall,
  Right,
  RowSource,
  SessionContext,
  TableInfo,
} from '../engine/catalog-seam.js';
import type { Printed } from '../engine/print/printed.js';
import type { Name, Statement, TableSource } from '../tsql/ast.js';
import { typeOfRow } from './column-rows.js';
import { findConstraint, tableByRelation } from './constraints.js';
import { findAlias } from './define/column-type.js';
import { dropTemporary } from './define/drop-table.js';
import { distrust } from './define/enforce.js';
import { define } from './define/index.js';
import type { Feeds } from './feeds-seam.js';
import { logIn, openDatabase } from './logins.js';
import { databaseOf, findTable } from './lookup.js';
import { findObject } from './objects.js';
import { isTemporary, mayObject, mayOnServer, mayReseed, permit } from './permissions.js';
import { partitionNumber } from './partitions/number.js';
import { systemProcedure } from './procedures/index.js';
import { metadataFunction } from './scalar.js';

/** SQL Server's catalog, kept in PostgreSQL (sql/), in the session's own transaction. */
export class MsCatalog implements Catalog {
  /** Views of schema sys by database and name: they never change, and every batch names some. */
  readonly #systemViews = new Map<string, TableInfo>();

  constructor(private readonly feeds: Feeds) {}

  async database(
    context: Pick<SessionContext, 'query' | 'login'>,
    name: string,
  ): Promise<DatabaseInfo> {
    return openDatabase(context, name);
  }

  async login(
    context: Pick<SessionContext, 'query'>,
    user: string,
    password: string,
  ): Promise<string> {
    return logIn(context, user, password);
  }

  async table(context: SessionContext, name: Name): Promise<TableInfo | undefined> {
    if (name.length !== 2 || name[0]?.toLowerCase() !== 'sys') return findTable(context, name);
    const { database } = context;
    const key = `${String(database.id)} ${(name[1] ?? '').toLowerCase()}`;
    const known = this.#systemViews.get(key);
    if (known !== undefined) return { ...known, database };
    const found = await findTable(context, name);
    if (found?.kind === 'system') this.#systemViews.set(key, found);
    return found;
  }

  async permit(
    context: SessionContext,
    right: Right,
    table: TableInfo,
    columns: readonly number[] = [],
  ): Promise<void> {
    return permit(context, right, table, columns);
  }

  async mayAlter(context: SessionContext, table: TableInfo): Promise<boolean> {
    return isTemporary(table) || mayObject(context, table.database.id, table.objectId, 'ALTER');
  }

  async mayReseed(context: SessionContext, table: TableInfo): Promise<boolean> {
    return isTemporary(table) || mayReseed(context, table);
  }

  async mayOnServer(context: SessionContext, permission: string): Promise<boolean> {
    return mayOnServer(context, permission);
  }

  async rowSource(
    context: SessionContext,
    source: Extract<TableSource, { kind: 'function' | 'changes' | 'changeVersion' }>,
    args: readonly Printed[],
  ): Promise<RowSource | undefined> {
    return this.feeds.rowSource(context, source, args);
  }

  scalar(name: Name, args: readonly Printed[], database: DatabaseInfo): Printed | undefined {
    return metadataFunction(name, args, database) ?? this.feeds.scalar(name, args, database);
  }

  async partitionFunction(
    context: SessionContext,
    name: string,
  ): Promise<{ readonly type: MsType; readonly number: (value: Printed) => Printed }> {
    return partitionNumber(context, name);
  }

  async aliasType(context: SessionContext, name: Name): Promise<MsType | undefined> {
    const database = await databaseOf(context, name);
    const alias = await findAlias(context, database, name);
    return alias === undefined ? undefined : typeOfRow(alias);
  }

  async procedure(context: SessionContext, name: Name, call: ProcedureCall): Promise<boolean> {
    if (await systemProcedure(context, name, call)) return true;
    return this.feeds.procedure(context, name, call);
  }

  async sequence(
    context: SessionContext,
    name: Name,
  ): Promise<{ readonly sequence: string; readonly type: MsType } | undefined> {
    const row = await findObject(context, name, 'SO');
    if (row === undefined) return undefined;
    const [own] = await context.query<{ type: string; length: number; precision: number }>(
      `SELECT t.name AS type, t.length, t.precision FROM ms.sequences AS s
         JOIN ms.system_types AS t ON t.name = s.type WHERE s.id = $1`,
      [row.id],
    );
    if (own === undefined) throw new SqlError(208, `Invalid object name '${name.join('.')}'.`);
    const type = typeOfRow({ ...own, scale: 0, collation: null });
    return { sequence: `d${String(row.db)}.s${String(row.id)}`, type };
  }

  async define(context: SessionContext, statement: Statement): Promise<void> {
    return define(context, statement, this.feeds);
  }

  async constraint(context: SessionContext, pgName: string): Promise<ConstraintInfo | undefined> {
    return findConstraint(context, pgName);
  }

  async tableByRelation(
    context: SessionContext,
    _schema: string,
    table: string,
  ): Promise<TableInfo | undefined> {
    return tableByRelation(context, table);
  }

  async loadedUnchecked(context: SessionContext, table: TableInfo): Promise<void> {
    return distrust(context, table.objectId);
  }

  async dropTemporary(context: SessionContext, fromScope: number): Promise<void> {
    return dropTemporary(context, fromScope);
  }
}
