import type {
  ControlContent,
  ControlReport,
  ControlTables,
} from '../../contract/control-tables.js';
import type { SessionPool } from '../sql-session.js';
import { pruneTables } from '../state/prune.js';
import { openStateDb, type StateDb } from '../state/state-db.js';
import { definitionScript } from './definition.js';
import { prepareControlTables } from './prepare.js';
import { readControlTables } from './read.js';
import { readProgress, writeReport } from './report.js';
import { KEEP, REPORTS } from './reports.js';

const PRUNE_EVERY_MS = 60 * 60_000;

/** Control tables in the schema `sluice` of a SQL Server database. Owns the pool. */
export class MsControlTables implements ControlTables {
  readonly #pool: SessionPool;
  readonly #db: StateDb;
  #pruneAt = 0;

  constructor(
    pool: SessionPool,
    private readonly keep: { readonly days: number; readonly rows: number } = KEEP,
  ) {
    this.#pool = pool;
    this.#db = openStateDb(pool);
  }

  async prepare(): Promise<void> {
    await prepareControlTables(this.#db);
  }

  script(): string {
    return definitionScript();
  }

  read(): Promise<ControlContent> {
    return this.#pool.use(async ({ query }) => readControlTables(query));
  }

  reportedUpTo(
    pipeline: string,
  ): Promise<{ readonly eventId: string; readonly verificationId: string }> {
    return readProgress(this.#db.query, pipeline);
  }

  async report(pipeline: string, report: ControlReport): Promise<void> {
    await this.#db.transaction(async (query) => writeReport(query, pipeline, report));
    if (Date.now() < this.#pruneAt) return;
    this.#pruneAt = Date.now() + PRUNE_EVERY_MS;
    await pruneTables(this.#db.query, REPORTS, this.keep);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
