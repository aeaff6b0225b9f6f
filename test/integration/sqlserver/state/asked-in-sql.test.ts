import { askedInSqlCases } from '../../contract/asked-in-sql.js';
import { openStateScene } from './open-state-scene.js';

askedInSqlCases('SQL Server', async () => openStateScene('asked in sql'));
