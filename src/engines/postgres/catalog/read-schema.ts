import { SluiceError } from '../../../core/errors.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import type { SqlSession } from '../sql-session.js';
import { atOneMoment } from './at-one-moment.js';
import type { DependencyGraph } from './dependency-graph.js';
import { readDependencies } from './dependency-graph.js';
import type { PgRoutine, PgSequence, PgView } from './object-model.js';
import type { PgSchemaName } from './object-rows.js';
import { readRoutines, readSchemas, readViews } from './object-rows.js';
import { readTablesWith } from './read-tables.js';
import { readSequences } from './sequence-rows.js';
import { readUnseen } from './unseen.js';

/** A whole database: the source of SchemaTarget.finishSchema and alignSequences. */
export class PgSchema {
  constructor(
    readonly tables: readonly TableModel[],
    readonly schemas: readonly PgSchemaName[],
    readonly sequences: readonly PgSequence[],
    readonly routines: readonly PgRoutine[],
    readonly views: readonly PgView[],
    readonly dependencies: DependencyGraph,
    /** About the database as a whole; those of tables are with the tables. */
    readonly findings: readonly Finding[],
  ) {}

  /** Narrow what travelled through the shared code. Throws UNEXPECTED for anything else. */
  static from(source: unknown): PgSchema {
    if (source instanceof PgSchema) return source;
    throw new SluiceError('UNEXPECTED', 'The schema was not read from a PostgreSQL database.', {
      remedy: 'Read it again from the source.',
    });
  }
}

/**
 * Everything that users made, by a fixed number of queries under one snapshot.
 *
 * @throws SluiceError LOCK_TIMEOUT while a table is locked exclusively
 */
export async function readSchema(session: SqlSession): Promise<PgSchema> {
  return atOneMoment(
    session,
    async (query) =>
      new PgSchema(
        await readTablesWith(query),
        await readSchemas(query),
        await readSequences(query),
        await readRoutines(query),
        await readViews(query),
        await readDependencies(query),
        await readUnseen(query),
      ),
  );
}
