/** What the README of seed 002 tells its user to do: refresh UAT from production. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import type { MsRow, TestMsDatabase } from '../../support/sqlserver/server.js';
import { openSqlServer } from '../../support/sqlserver/server.js';
import { openTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { IN_TIME, runCli } from '../cli/run-cli.js';
import { WorkerProcess } from '../support/worker-process.js';

const DEADLINE = { timeoutMs: 90_000, intervalMs: 200 };

const LINES = {
  Users: `SELECT CONCAT(user_id, N'|', user_name, N'|', ISNULL(email, N'~')) AS line FROM dbo.Users`,
  Orders: `SELECT CONCAT(order_id, N'|', user_id, N'|', amount) AS line FROM dbo.Orders`,
  DailyReports: `SELECT CONCAT(report_date, N'|', report_id, N'|', title, N'|', total) AS line
                   FROM dbo.DailyReports`,
} as const;

const PARTITIONS = `
SELECT p.partition_number AS number, p.rows AS rows
  FROM sys.partitions AS p
 WHERE p.object_id = OBJECT_ID(N'dbo.DailyReports') AND p.index_id = 1
 ORDER BY p.partition_number`;

const SUMS = `
SELECT COUNT(*) AS n, SUM(report_id) AS ids, CONVERT(nvarchar(40), SUM(total)) AS total
  FROM dbo.DailyReports`;

const closers: (() => Promise<unknown>)[] = [];
let source: TestMsDatabase;
let target: TestMsDatabase;
let worker: WorkerProcess | null = null;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  const temporal = await openTemporal('seed 002', { searchAttributes: SEARCH_ATTRIBUTES });
  closers.push(() => temporal.close());
  source = await openDatabase('source', '002-source.sql');
  target = await openDatabase('target', '002-target.sql');
  folder = await mkdtemp(join(tmpdir(), 'sluice-seed-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  await copyFile(beside('002-sluice.yaml'), join(folder, 'sluice.yaml'));
  env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    SOURCE_URL: source.url,
    TARGET_URL: target.url,
  };
});

afterAll(async () => {
  await worker?.kill();
  for (const close of closers.reverse()) await close();
});

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function openDatabase(role: 'source' | 'target', script: string): Promise<TestMsDatabase> {
  const server = await openSqlServer(role);
  closers.push(() => server.close());
  const database = await server.createDatabase(`seed 002 ${role}`);
  closers.push(() => database.drop());
  await database.sql(await readFile(beside(script), 'utf8'));
  return database;
}

async function sluice(...argv: string[]): Promise<string> {
  const { code, out, err } = await runCli(folder, argv, env);
  expect(code, out + err + (worker?.output.slice(-4_000) ?? '')).toBe(0);
  return out;
}

/** Wait for a fact; the message of a failure says where the tables stood. */
async function untilOrders(count: number): Promise<void> {
  const what = `${count} orders are there`;
  try {
    await waitFor(what, async () => (await lines(target, 'Orders')).length === count, DEADLINE);
  } catch (cause) {
    const states = await target.sql('SELECT slug, phase, fault_message FROM sluice.table_state');
    const output = worker?.output.slice(-4_000) ?? '';
    throw new Error(`${what}: in vain.\n${JSON.stringify(states, null, 1)}\n${output}`, { cause });
  }
}

async function lines(side: TestMsDatabase, table: keyof typeof LINES): Promise<string[]> {
  return (await side.sql(LINES[table])).map((row) => String(row.line)).sort();
}

async function expectEqual(table: keyof typeof LINES): Promise<void> {
  const [from, to] = [await lines(source, table), await lines(target, table)];
  expect(to).toEqual(from);
}

/** All distinct states of the table that one reader sees, from before the work until after it. */
function seenDuring(work: () => Promise<unknown>): Promise<string[]> {
  return target.session(async (sql) => {
    const seen = new Set([summary(await sql(SUMS))]);
    let over = false;
    const working = work().finally(() => (over = true));
    working.catch(() => undefined);
    while (!over) seen.add(summary(await sql(SUMS)));
    await working;
    return [...seen.add(summary(await sql(SUMS)))];
  });
}

function summary(rows: readonly MsRow[]): string {
  const { n, ids, total } = rows[0] ?? {};
  return `${String(n)} rows, ${String(ids)}, ${String(total)}`;
}

/** Each test goes on where the one before it stood, as a user would. */
describe('the refresh of a UAT environment', () => {
  it('--test-connections: check names both databases and finds nothing that forbids a start', async () => {
    const { code, out } = await runCli(folder, ['check'], env);
    // 4: warnings, of feeds that this user does not have and of the worker that is not there yet.
    expect([0, 4], out).toContain(code);
    expect(out).toContain(`database ${source.name}`);
    expect(out).toContain(`database ${target.name}`);
  });

  it('--force: start brings every table to the state of production', async () => {
    worker = await WorkerProcess.start(join(folder, 'sluice.yaml'), env);
    await sluice('start', ...IN_TIME);
    await expectEqual('Users');
    await expectEqual('DailyReports');
    await untilOrders(300);
    await expectEqual('Orders');
  });

  it('--status: status tells the state of each table', async () => {
    const [status] = JSON.parse(await sluice('status', '--json')) as {
      targets: { tables: { table: string; mode: string; phase: string }[] }[];
    }[];
    expect(
      status?.targets[0]?.tables
        .map(({ table, mode, phase }) => `${table} ${mode} ${phase}`)
        .sort(),
    ).toEqual([
      'dbo.DailyReports full streaming',
      'dbo.Orders incremental streaming',
      'dbo.Users full streaming',
    ]);
  });

  it('an incremental table gets the rows after its highest identity', async () => {
    await source.sql('INSERT INTO dbo.Orders (user_id, amount) VALUES (1, 10.5), (2, 20.25)');
    await untilOrders(302);
    await expectEqual('Orders');
  });

  it('--table Users --force: resync replaces every row', async () => {
    await source.sql(`DELETE FROM dbo.Users WHERE user_id = 2;
UPDATE dbo.Users SET email = N'ada@example.org' WHERE user_id = 1`);
    await target.sql(`INSERT INTO dbo.Users (user_id, user_name) VALUES (99, N'Made by a tester')`);
    await sluice('resync', 'Users', ...IN_TIME);
    await expectEqual('Users');
  });

  it('the partitions 20250207 and 20250208 are made, and no reader sees a part', async () => {
    const before = summary(await target.sql(SUMS));
    const id = await target.sql(`SELECT OBJECT_ID(N'dbo.DailyReports') AS id`);
    const seen = await seenDuring(async () => {
      await source.sql(await readFile(beside('002-new-days.sql'), 'utf8'));
      await sluice('resync', 'DailyReports', ...IN_TIME);
    });
    expect(seen).toEqual([before, summary(await source.sql(SUMS))]);
    await expectEqual('DailyReports');
    expect((await target.sql(PARTITIONS)).map(({ rows }) => Number(rows))).toEqual([
      0, 1_000, 1_000, 1_000,
    ]);
    expect(await target.sql(`SELECT OBJECT_ID(N'dbo.DailyReports') AS id`)).toEqual(id);
  });

  it('the log names each new boundary, and no staging table is left', async () => {
    const events = await target.sql(
      `SELECT message FROM sluice.event WHERE kind = N'partition' ORDER BY event_id`,
    );
    expect(events.map(({ message }) => message)).toEqual([
      'Partition function pf_DailyReports was split at 20250207.',
      'Partition function pf_DailyReports was split at 20250208.',
    ]);
    await waitFor('no staging table is left', async () => {
      const tables = await target.sql(
        `SELECT name FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo') ORDER BY name`,
      );
      return tables.map(({ name }) => name).join() === 'DailyReports,Orders,Users';
    });
  });

  it('a day that production has put away stays, and plan and log say so', async () => {
    const day = `SELECT COUNT(*) AS n, SUM(report_id) AS ids FROM dbo.DailyReports WHERE report_date = 20250206`;
    const before = await target.sql(day);
    await source.sql(`DELETE FROM dbo.DailyReports WHERE report_date = 20250206;
UPDATE dbo.DailyReports SET total = 1 WHERE report_date = 20250208`);
    const { out } = await runCli(folder, ['plan', '--json'], env);
    expect(out).toContain('partitions that the source has no row in stay as they are');
    await sluice('resync', 'DailyReports', ...IN_TIME);
    expect(await target.sql(day)).toEqual(before);
    const newer = `${LINES.DailyReports} WHERE report_date > 20250206 ORDER BY report_date, report_id`;
    expect(await target.sql(newer)).toEqual(await source.sql(newer));
    const [said] = await target.sql(
      `SELECT TOP (1) message FROM sluice.event WHERE kind = N'partition' ORDER BY event_id DESC`,
    );
    expect(said?.message).toContain('they stay as they are');
  });
});
