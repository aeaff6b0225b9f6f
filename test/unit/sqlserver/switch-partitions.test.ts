import { expect, it } from 'vitest';
import { switchPartitions } from '../../../src/engines/sqlserver/full-sync/switch-partitions.js';
import { RecordingSession } from './recording-session.js';

const STAGE = { tableId: '7', epoch: '1', fence: '1', target: { schema: 'dbo', table: 'sales' } };

it('11.11: finds a partition by its rows where the catalogue counts none in it', async () => {
  const full = new Map([
    ['FROM [dbo].[sales] ', 2],
    ['FROM [sluice_stage_7].[sales] ', 3],
  ]);
  const session = new RecordingSession((sql) => {
    if (sql.includes('sys.partition_functions')) return [{ functionName: 'days', columnName: 'd' }];
    if (sql.startsWith('TRUNCATE')) full.delete('FROM [dbo].[sales] ');
    if (sql.startsWith('ALTER')) full.delete('FROM [sluice_stage_7].[sales] ');
    const found = [...full].find(([from]) => sql.includes(from));
    return found === undefined ? [] : [{ number: found[1] }];
  });
  const record = { epoch: '1', columns: ['d'], key: ['d'], cloned: true, refused: null, apart: [] };
  await switchPartitions(session.query, STAGE, record, {});
  const done = session.statements.map(({ sql }) => sql).filter((sql) => !sql.includes('SELECT'));
  expect(done).toEqual([
    'TRUNCATE TABLE [dbo].[sales] WITH (PARTITIONS (2))',
    'ALTER TABLE [sluice_stage_7].[sales] SWITCH PARTITION 3 TO [dbo].[sales] PARTITION 3',
  ]);
});
