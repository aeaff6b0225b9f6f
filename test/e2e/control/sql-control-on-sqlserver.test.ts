/** Everything that the command line can ask of a table, asked in T-SQL of a target that is SQL Server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { insertItems, TABLES } from '../engines/ends.js';
import { PairScene } from '../engines/pair-scene.js';

/** What the specification promises for everything that is asked in SQL. */
const PROMISED_MS = 10_000;
const ITEMS = 'dbo.items';
const LINES = 'dbo.lines';

let scene: PairScene;

beforeAll(async () => {
  scene = await PairScene.open({
    ...{ source: 'sqlserver', target: 'sqlserver', feed: 'cdc', heartbeatTimeout: '60s' },
  });
  await scene.source.sql(TABLES.sqlserver);
  await scene.source.sql(insertItems('sqlserver', 1, 200));
  await scene.startWorker();
  await scene.client.startPipeline('shop');
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test('INSERT of pause and resume is obeyed and answered in the same row', async () => {
  const pause = await ask('pause', ITEMS);
  await becomes(ITEMS, 'paused');
  expect(await phaseOf(LINES)).toBe('streaming');
  await scene.source.sql(insertItems('sqlserver', 1_001, 1_002));
  await scene.equal('lines');
  expect(await scene.target.lines('items')).toHaveLength(200);
  const resume = await ask('resume', 'dbo.it*');
  await becomes(ITEMS, 'streaming');
  await scene.equal('items');
  for (const id of [pause, resume]) await isAnswered(id, 'sent to 1 table(s)');
});

test('disable and enable do the same for all tables', async () => {
  const disable = await ask('disable', '*');
  for (const table of [ITEMS, LINES]) await becomes(table, 'paused');
  const enable = await ask('enable', '*');
  for (const table of [ITEMS, LINES]) await becomes(table, 'streaming');
  for (const id of [disable, enable]) await isAnswered(id, 'sent to 2 table(s)');
});

test('resync begins the next epoch: by command, by reset request and by the flag', async () => {
  const epoch = await scene.epochOf(ITEMS);
  const resync = await ask('resync', ITEMS);
  await hasEpoch(epoch + 1);
  await isAnswered(resync, 'sent to 1 table(s)');
  await scene.target.sql(`INSERT INTO sluice.reset_request (table_name) VALUES (N'${ITEMS}')`);
  await hasEpoch(epoch + 2);
  await within('the request is answered', async () => {
    const [row] = await scene.target.sql('SELECT answer FROM sluice.reset_request');
    return row?.answer === 'sent to 1 table(s)';
  });
  await scene.target.sql(
    `UPDATE sluice.table_state SET force_full_load = '1' WHERE source_table = N'items'`,
  );
  await hasEpoch(epoch + 3);
  await within('the flag has cleared itself', async () => {
    const rows = await scene.target.sql(
      'SELECT slug FROM sluice.table_state WHERE force_full_load = 1',
    );
    return rows.length === 0;
  });
  expect(await scene.epochOf(LINES)).toBe(1);
  await scene.equal('items', 'lines');
});

test('verify leaves a verification behind', async () => {
  const before = await verifications();
  await isAnswered(await ask('verify', ITEMS), 'sent to 1 table(s)');
  await within('a verification', async () => (await verifications()) > before);
});

test('retry brings back a table that was quarantined', async () => {
  await scene.target.sql('ALTER TABLE dbo.lines ADD CONSTRAINT ck_lines_no_seven CHECK (n <> 7)');
  await scene.source.sql(`INSERT INTO dbo.lines VALUES (1, 7, N'refused')`);
  await scene.until('it is quarantined', async () => (await phaseOf(LINES)) === 'quarantined');
  expect(await phaseOf(ITEMS)).toBe('streaming');
  await scene.target.sql('ALTER TABLE dbo.lines DROP CONSTRAINT ck_lines_no_seven');
  const retry = await ask('retry', LINES);
  await becomes(LINES, 'streaming');
  await isAnswered(retry, 'sent to 1 table(s)');
  await scene.equal('lines');
});

test('one UPDATE of what is wanted pauses and resumes tables', async () => {
  await scene.target.sql(`UPDATE sluice.table_state SET wanted = 'pause'`);
  for (const table of [ITEMS, LINES]) await becomes(table, 'paused');
  const rows = await scene.target.sql('SELECT wanted_by, wanted_reason FROM sluice.table_state');
  const inSql = { wanted_by: 'SQL', wanted_reason: 'asked for in SQL' };
  expect(rows).toEqual([inSql, inSql]);
  await scene.source.sql(insertItems('sqlserver', 1_003, 1_004));
  await scene.target.sql(`UPDATE sluice.table_state SET wanted = 'run'`);
  for (const table of [ITEMS, LINES]) await becomes(table, 'streaming');
  await scene.equal('items', 'lines');
});

test('what nobody can carry out is answered too', async () => {
  await isAnswered(await ask('pause', 'nothing.like_it'), 'no table matches');
  const stranger = await ask('pause', '*', `N'no such pipeline'`);
  await isAnswered(stranger, 'this target has no such pipeline');
  await expect(ask('explode', ITEMS)).rejects.toThrow(/CHECK constraint/);
  for (const table of [ITEMS, LINES]) expect(await phaseOf(table)).toBe('streaming');
});

/** @returns the id of the row, in which the answer has to appear */
async function ask(command: string, table: string, pipeline = 'NULL'): Promise<number> {
  const [row] = await scene.target.sql(`
    INSERT INTO sluice.command (command, pipeline, table_name, reason)
    VALUES (N'${command}', ${pipeline}, N'${table}', N'a test');
    SELECT max(command_id) AS id FROM sluice.command;`);
  return Number(row?.id);
}

async function answerOf(id: number): Promise<string> {
  const [row] = await scene.target.sql(
    `SELECT answer FROM sluice.command WHERE command_id = ${id} AND answered_at IS NOT NULL`,
  );
  return typeof row?.answer === 'string' ? row.answer : '';
}

async function isAnswered(id: number, answer: string): Promise<void> {
  await within('it is answered', async () => (await answerOf(id)) !== '');
  expect(await answerOf(id)).toBe(answer);
}

async function phaseOf(slug: string): Promise<unknown> {
  return (await scene.states()).find((state) => state.slug === slug)?.phase;
}

async function becomes(slug: string, phase: string): Promise<void> {
  await within(`${slug} is ${phase}`, async () => (await phaseOf(slug)) === phase);
}

/** The next copy has begun in the time that is promised, and ends whenever it ends. */
async function hasEpoch(epoch: number): Promise<void> {
  await within(`epoch ${epoch}`, async () => (await scene.epochOf(ITEMS)) === epoch);
  await scene.streaming();
}

async function verifications(): Promise<number> {
  const rows = await scene.target.sql(
    `SELECT v.verification_id FROM sluice.verification v
       JOIN sluice.table_state t ON t.table_id = v.table_id
      WHERE t.slug = N'${ITEMS}' AND v.result = N'passed' AND v.scope = N'full'`,
  );
  return rows.length;
}

async function within(what: string, fact: () => Promise<boolean>): Promise<void> {
  await waitFor(what, fact, { timeoutMs: PROMISED_MS });
}
