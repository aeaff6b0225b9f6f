import { SluiceError } from '../../../core/errors.js';
import type { TableModel } from '../../contract/schema.js';
import type { Query } from '../sql-session.js';
import type { DependencyGraph } from './dependency-graph.js';
import type { MayEnable } from './feeds-of.js';
import type { MsAliasType, MsModule, MsSequence } from './object-model.js';
import { readSchemas } from './object-rows.js';
import { readPool, readTablesWith } from './read-tables.js';

/** A whole database: the source of SchemaTarget.finishSchema and alignSequences. */
export class MsSchema {
  constructor(
    readonly tables: readonly TableModel[],
    readonly schemas: readonly string[],
    readonly types: readonly MsAliasType[],
    readonly sequences: readonly MsSequence[],
    readonly modules: readonly MsModule[],
    readonly dependencies: DependencyGraph,
  ) {}

  /** Narrow what travelled through the shared code; null for another engine's. */
  static from(source: unknown): MsSchema | null {
    return source instanceof MsSchema ? source : null;
  }

  /** Throws UNEXPECTED for anything else. */
  static require(source: unknown): MsSchema {
    if (source instanceof MsSchema) return source;
    throw new SluiceError('UNEXPECTED', 'The schema was not read from a SQL Server database.', {
      remedy: 'Read it again from the source.',
    });
  }
}

/** Everything that users made, by a fixed number of queries. */
export async function readSchema(query: Query, mayEnable?: MayEnable): Promise<MsSchema> {
  const pool = await readPool(query);
  const options = mayEnable === undefined ? {} : { mayEnable };
  return new MsSchema(
    await readTablesWith(query, options, pool),
    await readSchemas(query),
    pool.types,
    pool.sequences,
    pool.modules,
    pool.dependencies,
  );
}
