import { stateJournalCases } from '../../contract/state-journal.js';
import { stateTableCases } from '../../contract/state-tables.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { openStateScene } from './open-state-scene.js';

describeEachPostgres('on PostgreSQL %s', (version) => {
  const engine = `PostgreSQL ${version}`;
  stateTableCases(engine, async () => openStateScene(version, `state ${version}`));
  stateJournalCases(engine, async () => openStateScene(version, `journal ${version}`));
});
