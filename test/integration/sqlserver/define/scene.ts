import type { TableName } from '../../../../src/core/names.js';
import type {
  CompareOptions,
  ObjectChange,
  TableMapping,
  TableModel,
} from '../../../../src/engines/contract/schema.js';
import { nativeTable } from '../../../../src/engines/sqlserver/catalog/native.js';
import type { MsSchema } from '../../../../src/engines/sqlserver/catalog/read-schema.js';
import { readSchema } from '../../../../src/engines/sqlserver/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/sqlserver/catalog/read-tables.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { ExistingTable } from '../../../../src/engines/sqlserver/define/compare-existing.js';
import type { SchemaTargetOptions } from '../../../../src/engines/sqlserver/define/schema-target.js';
import { MsSchemaTarget } from '../../../../src/engines/sqlserver/define/schema-target.js';
import { tableDefinition } from '../../../../src/engines/sqlserver/define/known-columns.js';
import {
  moveStatements,
  stageStatements,
} from '../../../../src/engines/sqlserver/define/stage-statements.js';
import { isDone } from '../../../../src/engines/sqlserver/define/statement.js';
import { tableFor } from '../../../../src/engines/sqlserver/define/table-for.js';
import { readTargetFacts } from '../../../../src/engines/sqlserver/define/target-facts.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { MsSession, SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { openState } from '../../../../src/engines/sqlserver/state/open-state.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';

export const OWNER = { pipeline: 'shop', target: 'replica' };
const STAGE = 'sluice_stage_1';

/** A source and a target on one server, and what the bootstrap of a table does between them. */
export class DefineScene {
  private constructor(
    readonly server: TestMsServer,
    readonly source: TestMsDatabase,
    readonly target: TestMsDatabase,
    readonly readers: SessionPool,
    readonly writers: SessionPool,
    readonly schema: MsSchemaTarget,
  ) {}

  static async open(
    label: string,
    options: Partial<SchemaTargetOptions> = {},
  ): Promise<DefineScene> {
    const server = await openSqlServer();
    const source = await server.createDatabase(`${label} s`);
    const target = await server.createDatabase(`${label} t`);
    const open = (database: TestMsDatabase) => async () =>
      connectMs(connectionTo(server, database.name), 'target');
    const readers = openSessionPool(open(source), 2);
    const writers = openSessionPool(open(target), 2);
    await openState(writers, 'the target').migrate();
    const schema = new MsSchemaTarget(writers, options);
    return new DefineScene(server, source, target, readers, writers, schema);
  }

  /** A table as it is on a side now; `dbo.` where no schema is given. */
  async model(side: 'source' | 'target', name: string): Promise<TableModel> {
    const pool = side === 'source' ? this.readers : this.writers;
    const only = [nameOf(name)];
    const [model] = await pool.use(async ({ query }) => readTables(query, { only }));
    if (model === undefined) throw new Error(`${name} is not on the ${side}.`);
    return model;
  }

  async readSchema(): Promise<MsSchema> {
    return this.readers.use(async ({ query }) => readSchema(query));
  }

  /** Make a source table on the target as a first copy does: staged, finished, moved, recorded. */
  async make(name: string, to = name): Promise<ObjectChange[]> {
    return this.makeFrom(await this.model('source', name), nameOf(to));
  }

  /** As `make`, from a model of any engine. */
  async makeFrom(model: TableModel, target: TableName): Promise<ObjectChange[]> {
    const changes = await this.schema.prepareTable(model, target, OWNER);
    await this.writers.use(async (session) => this.stage(session, model, target));
    const state = openState(this.writers, 'the target');
    const object = `${target.schema}.${target.table}`;
    const definition = tableDefinition(tableFor(model));
    await state.owned.add({ side: 'target', kind: 'table', object, ...OWNER, definition });
    return changes;
  }

  async compare(
    name: string,
    options: Partial<CompareOptions> = {},
    to = name,
  ): Promise<ExistingTable> {
    const model = await this.model('source', name);
    const all = { heal: true, owner: OWNER, ...options };
    return this.schema.compareTable(model, nameOf(to), all);
  }

  /** Names of the same tables on both sides, or `from>to`. */
  async finish(...tables: readonly string[]): Promise<ObjectChange[]> {
    return this.schema.finishSchema(await this.readSchema(), mappings(tables), OWNER);
  }

  /** Both at once, as for two tables that become visible at one moment. */
  async finishTwice(...tables: readonly string[]): Promise<ObjectChange[]> {
    const both = await Promise.all([this.finish(...tables), this.finish(...tables)]);
    return both.flat();
  }

  /** As `finish`, with foreign keys that are checked. */
  async enforce(...tables: readonly string[]): Promise<ObjectChange[]> {
    const schema = new MsSchemaTarget(this.writers, { enforceForeignKeys: true });
    return schema.finishSchema(await this.readSchema(), mappings(tables), OWNER);
  }

  async align(...tables: readonly string[]): Promise<void> {
    await this.schema.alignSequences(await this.readSchema(), mappings(tables));
  }

  /** What somebody would have to script by hand to get the same table; ids left out. */
  async shape(side: 'source' | 'target', name: string): Promise<unknown> {
    const { columns, indexes, parts } = nativeTable(await this.model(side, name));
    return {
      columns: columns.map(({ id: _id, default: value, ...column }) => ({
        ...column,
        default: value === null ? null : { name: value.name, definition: value.definition },
        identity: column.identity === null ? null : { ...column.identity, lastValue: null },
      })),
      // A clustered index is made first, and gets its number with it.
      indexes: indexes
        .map(({ id: _id, ...index }) => index)
        .toSorted((a, b) => a.name.localeCompare(b.name)),
      checks: parts.checks.map(({ id: _id, ...check }) => check),
      properties: parts.properties,
      schemes: parts.schemes.map(({ name: scheme, function: pf, filegroups }) => ({
        ...{ scheme, filegroups, pf: pf.name, isRight: pf.isRight, boundaries: pf.boundaries },
      })),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.close(), this.writers.close()]);
    await this.source.drop();
    await this.target.drop();
    await this.server.close();
  }

  private async stage(session: MsSession, model: TableModel, target: TableName): Promise<void> {
    const facts = await readTargetFacts(session.query);
    const { create, finish } = stageStatements(model, STAGE, target, facts);
    const move = moveStatements(STAGE, target);
    await session.transaction(async (query) => {
      await query(`CREATE SCHEMA ${STAGE}`);
      for (const { sql } of create) await query(sql);
    });
    for (const { sql, done } of finish) {
      await session.query(sql);
      if (done !== null && !(await isDone(session.query, done))) throw new Error(`Lost: ${sql}`);
    }
    for (const { sql } of move) await session.query(sql);
    await session.query(`DROP SCHEMA ${STAGE}`);
  }
}

export function nameOf(text: string): TableName {
  const [first = '', second] = text.split('.');
  return second === undefined ? { schema: 'dbo', table: first } : { schema: first, table: second };
}

function mappings(tables: readonly string[]): TableMapping[] {
  return tables.map((text) => {
    const [from = '', to = from] = text.split('>');
    return { source: nameOf(from), target: nameOf(to) };
  });
}
