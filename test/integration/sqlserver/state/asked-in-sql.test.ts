import { askedInSqlCases } from '../../contract/asked-in-sql.js';
import { openTarget } from '../target-scene.js';

askedInSqlCases('SQL Server', async () => openTarget('asked in sql'));
