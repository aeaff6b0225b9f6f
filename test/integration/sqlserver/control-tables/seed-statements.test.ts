/** Every statement on the control tables that the document of seed 001 prints, as it stands there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlScene, Person } from './control-scene.js';
import { openControlScene } from './control-scene.js';
import { error, minutesAgo, report, status, verification } from './reports.js';

const DAY = 24 * 60;
const RIGHTS = 'GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::sluice TO';

let scene: ControlScene;
let person: Person;
const sql = (name: string) =>
  person.database.sql(readFileSync(new URL(name, import.meta.url), 'utf8'));

beforeAll(async () => {
  scene = await openControlScene('dbaops_dataflow');
  await scene.tables.prepare();
  person = await scene.person(RIGHTS);
});
afterAll(async () => scene.close());

describe('the statements of seed 001', () => {
  it('add a server and a mapping', async () => {
    await sql('seed-add.sql');
    expect(await scene.tables.read()).toEqual({
      servers: [
        {
          serverId: 1,
          name: 'SourceServer1',
          connectionString:
            'server=source1.example.com;user id=sa;password=pass;database=master;encrypt=disable',
          enabled: true,
        },
      ],
      mappings: [
        {
          mappingId: 1,
          serverId: 1,
          source: { database: 'SourceDB', schema: 'dbo', table: 'Users' },
          target: { database: 'DestDB', schema: 'dbo', table: 'Users' },
          keyColumns: 'UserID',
          resetColumn: 'FullSyncTrigger',
          enabled: true,
          cdc: true,
        },
      ],
    });
  });

  it('stop a server and a table, and let them go on', async () => {
    const enabled = async () => {
      const { servers, mappings } = await scene.tables.read();
      return [servers[0]?.enabled, mappings[0]?.enabled];
    };
    await sql('seed-stop.sql');
    expect(await enabled()).toEqual([false, false]);
    await sql('../../../e2e/seeds/001-go-on.sql');
    expect(await enabled()).toEqual([true, true]);
  });

  it('show a mapping in the summary before anything happened', async () => {
    expect(await person.database.sql('SELECT * FROM v_sync_summary;')).toMatchObject([
      { server_name: 'SourceServer1', source_table: 'Users', status: null, open_errors: 0 },
    ]);
  });

  it('show what runs and what failed', async () => {
    await scene.tables.report(
      'p',
      report({
        statuses: [
          status({ status: 'COMPLETED', startedAt: minutesAgo(9), completedAt: minutesAgo(8) }),
          status({ key: '2', startedAt: minutesAgo(5), recordsProcessed: 4_000_000_000 }),
          status({ key: 'stream', syncType: 'CDC', status: 'ERROR', recordsFailed: 1 }),
        ],
        errors: [
          error({ retryCount: 3 }),
          error({ key: '2', at: minutesAgo(9 * DAY) }),
          error({ key: '3', at: minutesAgo(9 * DAY), resolvedAt: minutesAgo(8 * DAY) }),
          error({ key: '4', at: minutesAgo(DAY), resolvedAt: minutesAgo(7) }),
        ],
        verifications: [
          verification({}),
          verification({ verificationId: '2', status: 'FAILED', mismatches: 2 }),
        ],
      }),
    );
    const rows = await sql('../../../e2e/seeds/001-status.sql');
    expect(rows).toMatchObject([
      { source_table: 'Users', status: 'ERROR', sync_type: 'CDC', records_failed: '1' },
      { dest_table: 'Users', status: 'RUNNING', records_processed: '4000000000' },
    ]);
    expect(rows[1]?.started_at).toEqual(minutesAgo(5));
  });

  it('show the summary, recent errors and verifications', async () => {
    expect(
      await person.database.sql('SELECT * FROM v_sync_summary ORDER BY sync_type;'),
    ).toMatchObject([
      { sync_type: 'CDC', status: 'ERROR', open_errors: 2, verification_status: 'FAILED' },
      { sync_type: 'FULL_SYNC', status: 'RUNNING', records_processed: '4000000000' },
    ]);
    // What is open, however old, and what happened in the last seven days.
    expect(
      await person.database.sql('SELECT * FROM v_recent_errors ORDER BY last_at DESC;'),
    ).toMatchObject([
      { server_name: 'SourceServer1', source_table: 'Users', retry_count: 3, resolved_at: null },
      { last_at: minutesAgo(DAY), resolved_at: minutesAgo(7) },
      { last_at: minutesAgo(9 * DAY), resolved_at: null },
    ]);
    expect(
      await person.database.sql(`SELECT * FROM verification_logs
WHERE verification_status = 'FAILED'
ORDER BY verified_at DESC;`),
    ).toMatchObject([{ mapping_id: 1, mismatches: '2' }]);
  });
});
