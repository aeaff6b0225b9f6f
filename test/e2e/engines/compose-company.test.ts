/** What `docker compose up` runs between its SQL Servers: its scripts, its configuration, its start. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { cliFolder, type CliFolder } from '../cli/run-cli.js';
import { WorkerProcess } from '../support/worker-process.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const TABLES = ['Employees', 'Projects', 'Tasks', 'Sales'];

const configSchema = z.looseObject({
  connections: z.record(z.string(), z.looseObject({ engine: z.string(), host: z.string() })),
  pipelines: z.record(z.string(), z.unknown()),
});

let folder: CliFolder;
let temporal: TestTemporal;
let servers: readonly TestMsServer[];
let source: TestMsDatabase;
let target: TestMsDatabase;
let env: Record<string, string>;
let worker: WorkerProcess | null = null;

beforeAll(async () => {
  folder = cliFolder();
  temporal = await openTemporal('compose company', { searchAttributes: SEARCH_ATTRIBUTES });
  const [from, to] = [await openSqlServer('source'), await openSqlServer('target')];
  servers = [from, to];
  [source, target] = [databaseOf(from, 'company'), databaseOf(to, 'company')];
  await source.drop();
  await target.drop();
  for (const name of scriptsInOrder()) {
    await databaseOf(from, 'master').sql(read(`config/sample/sqlserver/${name}.sql`));
  }
  writeFileSync(join(folder.path, 'sluice.yaml'), configOf(from, to));
  env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    SQLSERVER_PASSWORD: from.password,
  };
});

afterAll(async () => {
  await worker?.kill();
  folder.remove();
  await temporal.close();
  await source.drop();
  await target.drop();
  for (const server of servers) await server.close();
});

/** The loop of load.sh says which scripts run, and in which order. */
function scriptsInOrder(): readonly string[] {
  const [, names = ''] =
    /^for script in (.*); do$/m.exec(read('config/sample/sqlserver/load.sh')) ?? [];
  return names.split(' ');
}

/** What the service that starts the pipeline runs. */
function startCommand(): readonly string[] {
  const { services } = z
    .object({ services: z.looseObject({ start: z.looseObject({ command: z.array(z.string()) }) }) })
    .parse(parse(read('docker-compose.yml'), { merge: true }));
  const [program, ...argv] = services.start.command;
  expect(program).toBe('sluice');
  return argv;
}

/** The composition's own configuration; only the names of its hosts mean nothing here. */
function configOf(from: TestMsServer, to: TestMsServer): string {
  const config = configSchema.parse(parse(read('config/docker/sluice.yaml')));
  const hosts: Readonly<Record<string, TestMsServer>> = {
    'sqlserver-source': from,
    'sqlserver-target': to,
  };
  const connections = Object.entries(config.connections).flatMap(([name, connection]) => {
    const server = hosts[connection.host];
    if (server === undefined) return [];
    const place = { host: server.host, port: server.port, user: server.user };
    const { trustServerCertificate, ...rest } = connection;
    const tls = server.standIn === null ? { trustServerCertificate } : { tls: { mode: 'disable' } };
    return [[name, { ...rest, ...place, ...tls }] as const];
  });
  const { company } = config.pipelines;
  return stringify({
    ...config,
    connections: Object.fromEntries(connections),
    pipelines: { company },
  });
}

test('the worker and the start of the composition copy every table of the sample', async () => {
  worker = await WorkerProcess.start(join(folder.path, 'sluice.yaml'), env);
  const { code, out, err } = await folder.run(startCommand(), env);
  expect(code, out + err).toBe(0);
  for (const table of TABLES) {
    const rows = await countOf(source, table);
    expect(rows).toBeGreaterThan(100);
    await waitFor(`${table} is copied`, async () => (await countOf(target, table)) === rows, {
      timeoutMs: 240_000,
      intervalMs: 500,
    });
  }
  const partitions = `SELECT COUNT(*) AS n FROM sys.partitions
    WHERE object_id = OBJECT_ID(N'dbo.Sales') AND index_id = 1`;
  expect(await target.sql(partitions)).toEqual(await source.sql(partitions));
});

test('what changes by either feed arrives', async () => {
  await source.sql(`UPDATE dbo.Employees SET Position = N'by CDC' WHERE EmployeeID = 7;
    UPDATE dbo.Projects SET ClientName = N'by CDC' WHERE ProjectID = 7;
    UPDATE dbo.Tasks SET TaskName = N'by Change Tracking' WHERE TaskID = 7;`);
  const changed = `SELECT e.Position, p.ClientName, t.TaskName
    FROM dbo.Employees AS e CROSS JOIN dbo.Projects AS p CROSS JOIN dbo.Tasks AS t
    WHERE e.EmployeeID = 7 AND p.ProjectID = 7 AND t.TaskID = 7`;
  const all = { Position: 'by CDC', ClientName: 'by CDC', TaskName: 'by Change Tracking' };
  await waitFor(
    'all three changes are there',
    async () => JSON.stringify(await target.sql(changed)) === JSON.stringify([all]),
    { timeoutMs: 60_000, intervalMs: 200 },
  );
  const { code, out } = await folder.run(['check', '--no-temporal'], env);
  expect(code, out).not.toBe(1);
  expect(out).not.toMatch(/error /);
});

async function countOf(database: TestMsDatabase, table: string): Promise<number> {
  const [row] = await database.sql(`SELECT COUNT(*) AS n FROM dbo.${table}`);
  return Number(row?.n);
}
