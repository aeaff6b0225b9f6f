/** What the command line says of control tables: before they are there, and of their rows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../../../src/cli/exit-codes.js';
import { runCli } from '../../../../src/cli/program.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { inFolder } from '../../../unit/config/support.js';

const NAME = 'sourceserver1--sourcedb--destdb';

let server: TestMsServer;
let database: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer('target');
  database = await server.createDatabase('dataflow');
  process.env.CONTROL_URL = database.url;
});

afterAll(async () => {
  delete process.env.CONTROL_URL;
  await database.drop();
  await server.close();
});

const FILE = `version: 1
connections:
  control: { engine: sqlserver, url: "\${CONTROL_URL}" }
controlTables: { connection: control }
`;

function sluice(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  return inFolder({}, async (cwd) => {
    writeFileSync(join(cwd, 'sluice.yaml'), FILE);
    const io = memoryIo(cwd);
    const code = await runCli(argv, io);
    return { code, out: io.out(), err: io.err() };
  });
}

describe('the command line with control tables', () => {
  it('says that they are not there, and who makes them', async () => {
    const { code, out } = await sluice('check', '--no-temporal');
    expect(code).not.toBe(EXIT.ok);
    expect(out).toContain('The control tables are not there, or not whole.');
    expect(out).toContain('sluice state init');
  });

  it('prints their script, and makes them', async () => {
    const printed = await sluice('state', 'init', '--print');
    expect([printed.code, printed.err]).toEqual([EXIT.ok, expect.stringContaining('--pipeline')]);
    expect(printed.out).toMatch(/create table sluice\.source_servers/i);
    expect((await sluice('state', 'init')).code).toBe(EXIT.ok);
    expect((await sluice('state', 'init')).code).toBe(EXIT.ok);
  });

  it('says that no row declares a pipeline', async () => {
    const { code, err } = await sluice('status');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('No row of the control tables declares a pipeline.');
  });

  it('shows what rows declare, from which row it comes, and no secret', async () => {
    await database.sql(`
INSERT INTO sluice.source_servers (server_name, connection_string, is_enabled)
VALUES ('SourceServer1', 'server=127.0.0.1,1;user id=sa;password=hunter2;database=master;encrypt=disable', 1);
INSERT INTO sluice.table_mappings (server_id, source_database, source_schema, source_table,
  dest_database, dest_schema, dest_table, primary_key_column, full_sync_trigger_column, is_enabled, cdc_enabled)
VALUES (1, 'SourceDB', 'dbo', 'Users', 'DestDB', 'dbo', 'Users', 'UserID', 'FullSyncTrigger', 1, 1);`);
    const { code, out } = await sluice('config', 'show');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/\.url: \*+ +# control tables, server 1/);
    expect(out).toMatch(
      new RegExp(`pipelines\\.${NAME}\\..*FullSyncTrigger +# control tables, server 1, mapping 1`),
    );
    expect(out).not.toContain('hunter2');
  });

  it('checks the rows, and the servers that they lead to', async () => {
    const { code, out, err } = await sluice('check', '--no-temporal');
    expect(code).not.toBe(EXIT.ok);
    expect(out).toContain('connection_string switches encryption off');
    expect(out).toContain('holds a literal password');
    expect(out).toContain(NAME);
    expect(`${out}${err}`).not.toContain('hunter2');
  });
});
