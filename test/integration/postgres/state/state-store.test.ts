import { stateJournalCases } from '../../contract/state-journal.js';
import { stateTableCases } from '../../contract/state-tables.js';
import { openStateScene } from './open-state-scene.js';

for (const version of ['18', '14'] as const) {
  const engine = `PostgreSQL ${version}`;
  stateTableCases(engine, async () => openStateScene(version, `state ${version}`));
  stateJournalCases(engine, async () => openStateScene(version, `journal ${version}`));
}
