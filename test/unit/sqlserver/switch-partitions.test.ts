import { expect, it } from 'vitest';
import { SluiceError } from '../../../src/core/errors.js';
import { toMsError } from '../../../src/engines/sqlserver/ms-errors.js';
import { runSwitch, SwitchRefused } from '../../../src/engines/sqlserver/full-sync/refusal.js';
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

const failing = (error: Error) => () => Promise.reject(error);
const numbered = (number: number) =>
  toMsError(Object.assign(new Error('x'), { number }), 'the target');

it.each([
  [4972, /checks of the source/],
  [4982, /do not prove the range/],
  [4960, /not trusted/],
  // What an edition without SWITCH would say nobody has read.
  [7736, /its answer was error 7736/],
])('8.6: error %i of a SWITCH, listed or not, is its refusal', async (number, why) => {
  const refused = await runSwitch(failing(numbered(number)), 'ALTER', 3).catch(
    (thrown: unknown) => thrown,
  );
  expect(refused).toBeInstanceOf(SwitchRefused);
  expect(refused).toMatchObject({ partition: 3, why: expect.stringMatching(why) as unknown });
});

it.each([
  numbered(1222),
  numbered(1205),
  numbered(229),
  new SluiceError('UNEXPECTED', 'x', { vendorCode: 'ETDS' }),
])('is no refusal where locks, rights or the connection are in the way: %s', async (error) => {
  await expect(runSwitch(failing(error), 'ALTER', null)).rejects.toBe(error);
});
