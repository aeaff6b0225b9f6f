import { stateJournalCases } from '../../contract/state-journal.js';
import { stateTableCases } from '../../contract/state-tables.js';
import { openStateScene } from './open-state-scene.js';

stateTableCases('SQL Server', async () => openStateScene('state'));
stateJournalCases('SQL Server', async () => openStateScene('journal'));
