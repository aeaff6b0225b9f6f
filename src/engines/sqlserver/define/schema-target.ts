import type { TableName } from '../../../core/names.js';
import type {
  CompareOptions,
  Finding,
  ObjectChange,
  Owner,
  SchemaTarget,
  TableMapping,
  TableModel,
} from '../../contract/schema.js';
import { MsSchema } from '../catalog/read-schema.js';
import type { SessionPool } from '../sql-session.js';
import { absentFilegroups, filegroupsOf } from './absent-filegroups.js';
import { alignSequences } from './align-sequences.js';
import type { ExistingTable } from './compare-existing.js';
import { compareExisting } from './compare-existing.js';
import { existingMappings } from './existing-mappings.js';
import { finishObjects } from './finish-objects.js';
import { finishForeignKeys, validateForeignKeys } from './foreign-keys.js';
import { MappedTables } from './mapped-tables.js';
import { prepareTable } from './prepare-table.js';
import { SHORT_LOCK } from './short-lock.js';
import { sourceTables } from './source-tables.js';
import type { RowversionChoice } from './target-facts.js';
import { readTargetFacts } from './target-facts.js';

export interface SchemaTargetOptions {
  readonly rowversion: RowversionChoice;
  /** foreignKeys: enforce. */
  readonly enforceForeignKeys: boolean;
}

const ALL_WANTED = { views: true, functions: true, foreignKeys: true };
const DEFAULTS: SchemaTargetOptions = { rowversion: 'binary', enforceForeignKeys: false };

/**
 * A SQL Server target. Tables come from a source of any engine; views, routines and sequences only
 * from another SQL Server. Each object is made in a transaction of its own, together with its row
 * in sluice.owned; sessions that make objects wait for each other.
 */
export class MsSchemaTarget implements SchemaTarget {
  readonly #options: SchemaTargetOptions;

  /** @param pool sessions to the target; their transactions are short */
  constructor(
    private readonly pool: SessionPool,
    options: Partial<SchemaTargetOptions> = {},
  ) {
    this.#options = { ...DEFAULTS, ...options };
  }

  async prepareTable(model: TableModel, target: TableName, owner: Owner): Promise<ObjectChange[]> {
    return this.pool.use(async (session) => {
      const facts = await readTargetFacts(session.query, this.#options.rowversion);
      await session.batch(SHORT_LOCK);
      return session.transaction(async (query) => prepareTable(query, model, target, owner, facts));
    });
  }

  async losses(model: TableModel): Promise<readonly Finding[]> {
    if (filegroupsOf(model).length === 0) return [];
    return this.pool.use(async ({ query }) =>
      absentFilegroups(model, await readTargetFacts(query)),
    );
  }

  async compareTable(
    model: TableModel,
    target: TableName,
    options: CompareOptions,
  ): Promise<ExistingTable> {
    return this.pool.use(async (session) => {
      const facts = await readTargetFacts(session.query, this.#options.rowversion);
      return compareExisting(session, model, target, options, facts);
    });
  }

  /** Failures of single objects are changes with the action `left`. */
  async finishSchema(
    source: unknown,
    tables: readonly TableMapping[],
    owner: Owner,
    wanted = ALL_WANTED,
  ): Promise<ObjectChange[]> {
    return this.pool.use(async (session) => {
      const mapped = await this.#mapped(session.query, source, tables);
      const enforce = this.#options.enforceForeignKeys;
      const schema = MsSchema.from(source);
      return [
        ...(wanted.foreignKeys ? await finishForeignKeys(session, mapped, owner, enforce) : []),
        ...(schema === null
          ? []
          : await finishObjects(session, schema, mapped, owner, (kind) =>
              kind === 'view' ? wanted.views : wanted.functions,
            )),
      ];
    });
  }

  /** Identities of another engine are plain columns here. */
  async alignSequences(source: unknown, tables: readonly TableMapping[]): Promise<void> {
    const schema = MsSchema.from(source);
    if (schema === null) return;
    await this.pool.use(async (session) => alignSequences(session, schema, tables));
  }

  /** Check the rows for such without their parent; those keys that hold become trusted. */
  async validateForeignKeys(
    source: unknown,
    tables: readonly TableMapping[],
    owner: Owner,
  ): Promise<ObjectChange[]> {
    return this.pool.use(async (session) => {
      const mapped = await this.#mapped(session.query, source, tables);
      return validateForeignKeys(session, mapped, owner);
    });
  }

  async #mapped(
    query: Parameters<typeof existingMappings>[0],
    source: unknown,
    tables: readonly TableMapping[],
  ): Promise<MappedTables> {
    return new MappedTables(sourceTables(source), await existingMappings(query, tables));
  }
}
