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
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import { PgSchema } from '../catalog/read-schema.js';
import type { SqlSession } from '../sql-session.js';
import { alignSequences } from './align-sequences.js';
import type { ExistingTable } from './compare-existing.js';
import { compareExisting } from './compare-existing.js';
import { finishObjects } from './finish-objects.js';
import { finishTable } from './finish-table.js';
import type { KeyFacts } from './foreign-keys.js';
import { finishForeignKeys, validateForeignKeys } from './foreign-keys.js';
import { finishDefaults } from './late-defaults.js';
import { lossesOf } from './losses.js';
import { MappedTables } from './mapped-tables.js';
import { OwnedObjects } from './owned-objects.js';
import { prepareTable } from './prepare-table.js';
import { existingMappings } from './existing-mappings.js';
import { readTargetFacts } from './target-facts.js';

/**
 * A PostgreSQL target. Routines, views and sequences follow from a PostgreSQL source only (its
 * readSchema is a PgSchema); tables from any. Each object is made in a transaction of its own, together with its row
 * in sluice.owned; sessions that make objects wait for each other.
 */
const ALL_WANTED = { views: true, functions: true, foreignKeys: true };

export class PgSchemaTarget implements SchemaTarget {
  /**
   * @param session to the target; its transactions are short
   * @param enforce foreign keys are checked for what Sluice writes too
   */
  constructor(
    private readonly session: SqlSession,
    private readonly enforce = false,
  ) {}

  async prepareTable(model: TableModel, target: TableName, owner: Owner): Promise<ObjectChange[]> {
    return this.session.transaction(async (query) => prepareTable(query, model, target, owner));
  }

  losses(model: TableModel): Promise<readonly Finding[]> {
    return Promise.resolve(lossesOf(model));
  }

  async compareTable(
    model: TableModel,
    target: TableName,
    options: CompareOptions,
  ): Promise<ExistingTable> {
    return compareExisting(this.session, model, target, options);
  }

  async finishTable(model: TableModel, target: TableName, owner: Owner): Promise<ObjectChange[]> {
    return finishTable(this.session, model, target, owner);
  }

  /** Failures of single objects are changes with the action `left`. */
  async finishSchema(
    source: unknown,
    tables: readonly TableMapping[],
    owner: Owner,
    wanted = ALL_WANTED,
  ): Promise<ObjectChange[]> {
    if (!(source instanceof PgSchema)) return [];
    const schema = source;
    const mapped = new MappedTables(schema, await existingMappings(this.session, tables));
    const owned = await this.session.transaction(async (query) => OwnedObjects.lock(query, owner));
    return [
      ...(await finishDefaults(this.session, mapped, owned)),
      ...(wanted.foreignKeys ? await this.finishForeignKeys(mapped, owner) : []),
      ...(await finishObjects(this.session, schema, mapped, owner, (kind) =>
        kind === 'view' ? wanted.views : wanted.functions,
      )),
    ];
  }

  async alignSequences(source: unknown, tables: readonly TableMapping[]): Promise<void> {
    if (source instanceof PgSchema) await alignSequences(this.session, source, tables);
  }

  /** Scan the tables for rows without their parent; those keys that hold become trusted. */
  async validateForeignKeys(
    source: unknown,
    tables: readonly TableMapping[],
    owner: Owner,
  ): Promise<ObjectChange[]> {
    const schema = PgSchema.from(source);
    const mapped = new MappedTables(schema, await existingMappings(this.session, tables));
    return validateForeignKeys(this.session, mapped, owner, await this.keyFacts());
  }

  private async finishForeignKeys(mapped: MappedTables, owner: Owner): Promise<ObjectChange[]> {
    const facts = await this.keyFacts();
    const made = await finishForeignKeys(this.session, mapped, owner, facts);
    if (!this.enforce) return made;
    return [...made, ...(await validateForeignKeys(this.session, mapped, owner, facts))];
  }

  private async keyFacts(): Promise<KeyFacts> {
    const quiet = await this.session.transaction(async (query) =>
      becomeReplicaInTransaction({ rows: query }),
    );
    return { ...(await readTargetFacts(this.session.query)), enforce: this.enforce, quiet };
  }
}
