/**
 * The session as the catalog sees it, for which it prints conditions and values
 * (test/conformance/sqlserver/changes: "a foreign key and a check fail with 547").
 */
import type { MsType } from '../../backend.js';
import type { SqlError } from '../../backend.js';
import type { Condition, Expression, Query, TypeName } from '../../tsql/ast.js';
import type { ColumnInfo, DatabaseInfo, ResultColumn, SessionContext } from '../catalog-seam.js';
import type { Engine } from '../engine.js';
import { printCondition } from '../print/condition.js';
import type { PrintContext } from '../print/context.js';
import { tableSource } from '../print/context.js';
import { convert } from '../print/convert.js';
import { printExpression } from '../print/expression.js';
import type { Printed } from '../print/printed.js';
import { printQuery } from '../print/query.js';
import { writtenCollation } from '../types/collation.js';
import { systemType, unknownType } from '../types/type-names.js';
import { resolveNames } from './names.js';
import type { PgSession } from './pg-session.js';
import type { SessionState } from './state.js';

/** The session as the catalog sees it. */
export class Context implements SessionContext {
  scope = 0;
  /** Set by the session, which knows its transaction and its client. */
  onDefinition: () => void = () => undefined;
  onInfo: (message: SqlError) => void = () => undefined;
  onDatabase: (name: string) => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly pg: PgSession,
    private readonly state: SessionState,
  ) {}

  get spid(): number {
    return this.state.spid;
  }

  get login(): string {
    return this.state.login;
  }

  get database(): DatabaseInfo {
    return this.state.database;
  }

  async query<Row extends object>(
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    return this.pg.query<Row>(sql, params);
  }

  async type(name: TypeName, collation: string | null = null): Promise<MsType> {
    const current = this.database.collation;
    const own = writtenCollation(collation, current, current);
    const known = systemType(name, own, false);
    const type = known ?? (await this.engine.catalog.aliasType(this, name.name));
    if (type === undefined) throw unknownType(name);
    return type;
  }

  async evaluate(
    expression: Expression,
    type?: MsType,
  ): Promise<{ type: MsType; text: string | null }> {
    const printed = await this.printExpression(expression, []);
    const value = convert(printed, type ?? printed.type);
    const bare = `SELECT (${value.sql})::text AS value`;
    const isText = value.type.collation !== null || value.type.name === 'xml';
    const sql = isText ? `SELECT ss.t(${value.sql}) AS value` : bare;
    const rows = await this.query<{ value: string | null }>(sql);
    return { type: value.type, text: rows[0]?.value ?? null };
  }

  async printExpression(expression: Expression, columns: readonly ColumnInfo[]): Promise<Printed> {
    return printExpression(expression, await this.#over(expression, columns));
  }

  async printCondition(condition: Condition, columns: readonly ColumnInfo[]): Promise<string> {
    return printCondition(condition, await this.#over(condition, columns));
  }

  assign(printed: Printed, type: MsType, target: string): string {
    return convert(printed, type, { mode: 'assign', style: null, target }).sql;
  }

  async printQuery(query: Query): Promise<{ sql: string; columns: readonly ResultColumn[] }> {
    const { print: statement } = await resolveNames(query, this.engine.catalog, this, new Map());
    return printQuery(query, { statement, scope: null, ctes: new Map(), top: false });
  }

  catalogChanged(): void {
    this.onDefinition();
  }

  changeDatabase(database: DatabaseInfo): void {
    this.state.database = database;
    this.onDatabase(database.name);
  }

  info(message: SqlError): void {
    this.onInfo(message);
  }

  /** Columns under their bare names, as CHECK and computed columns see them. */
  async #over(node: unknown, columns: readonly ColumnInfo[]): Promise<PrintContext> {
    const { print: statement } = await resolveNames(node, this.engine.catalog, this, new Map());
    const source = tableSource([''], '', columns);
    const bare = source.columns.map((column) => ({ ...column, sql: column.sql.slice(1) }));
    const scope = { sources: [{ exposed: [''], columns: bare }], outer: null };
    return { statement, scope, ctes: new Map(), top: false };
  }
}
