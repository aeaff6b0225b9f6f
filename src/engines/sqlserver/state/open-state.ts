import type { StateStore } from '../../../state/store.js';
import type { SessionPool } from '../sql-session.js';
import { chunkStore } from './chunks.js';
import { historyStore } from './history.js';
import { journal } from './journal.js';
import { laneStore } from './lanes.js';
import { migrateState } from './migrate.js';
import { migrationScript } from './migrations.js';
import { ownedStore } from './owned.js';
import { pipelineStore } from './pipelines.js';
import { resetMarks } from './reset-marks.js';
import { openStateDb } from './state-db.js';
import { tableStore } from './tables.js';
import { verificationStore } from './verification.js';

/**
 * The `sluice` schema as typed stores. The pool stays the caller's, who closes it.
 *
 * @param subject names the target in errors, e.g. "the target shop"
 */
export function openState(pool: SessionPool, subject: string): StateStore {
  const db = openStateDb(pool);
  return {
    migrate: async () => migrateState(db, subject),
    script: async (fromVersion) => migrationScript(fromVersion),
    pipelines: pipelineStore(db),
    lanes: laneStore(db),
    tables: tableStore(db),
    chunks: chunkStore(db),
    journal: journal(db),
    verification: verificationStore(db),
    owned: ownedStore(db),
    resetMarks: resetMarks(db),
    history: historyStore(db),
  };
}
