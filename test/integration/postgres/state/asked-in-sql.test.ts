import { askedInSqlCases } from '../../contract/asked-in-sql.js';
import { openStateScene } from './open-state-scene.js';

askedInSqlCases('PostgreSQL', async () => openStateScene('18', 'asked in sql'));
