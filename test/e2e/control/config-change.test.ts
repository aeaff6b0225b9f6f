import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

/** What the specification promises for a change of the configuration. */
const PROMISED_MS = 10_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const INCLUDE = 'tables: { include: ["public.*"] }';

let scene: Scene;
let original: string;

beforeAll(async () => {
  scene = await Scene.open({ label: 'config-change' });
  for (const name of NAMES) {
    await scene.sourceSql(`create table ${name} (id int primary key, note text);
      insert into ${name} select g, 'n' || g from generate_series(1, 100) g`);
  }
  original = readFileSync(scene.configPath, 'utf8');
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

/** Also after a test that failed in the middle. */
beforeEach(async () => {
  write(original);
  await waitFor('all stream', async () => (await phases(NAMES)).join() === 'streaming');
});

/** Each level with the text that switches it off, and whether other tables stay as they are. */
const LEVELS = [
  ['the table', INCLUDE, `${INCLUDE.slice(0, -2)}, settings: { "public.a": { enabled: false } } }`],
  ['the target', 'createDatabase: true }', 'createDatabase: true, enabled: false }'],
  ['the source', 'createSlot: true }', 'createSlot: true, enabled: false }'],
  ['the pipeline', '  shop:\n', '  shop:\n    enabled: false\n'],
] as const;

describe('enabled: false', () => {
  test.each(LEVELS)(
    'on %s pauses what is below, on again goes on where it stood',
    async (level, from, to) => {
      const below = level === 'the table' ? ['a'] : NAMES;
      write(original.replace(from, to));
      await within(`${below.join()} pause`, async () => (await phases(below)).join() === 'paused');
      const others = NAMES.filter((name) => !below.includes(name));
      if (others.length > 0) expect(await phases(others)).toEqual(['streaming']);
      await scene.sourceSql(`update a set note = '${level}' where id = 1`);
      if (level === 'the table') await within('its change is parked', changesWait);
      else await laneRests();
      expect(await noteOfA()).not.toBe(level);
      const epochs = await allEpochs();
      write(original);
      await within('all stream', async () => (await phases(NAMES)).join() === 'streaming');
      await within('the change arrives', async () => (await noteOfA()) === level);
      expect(await allEpochs()).toEqual(epochs);
    },
  );
});

test('an invalid configuration is reported once, and the old one keeps running', async () => {
  write(original.replace('createSlot: true', 'createSlots: true'));
  await within('an event tells', async () => (await events('config.invalid')).length > 0);
  const [told = ''] = await events('config.invalid');
  expect(told).toContain('createSlot');
  write('version: 1\npipelines: [');
  await within('of the other text too', async () => (await events('config.invalid')).length > 1);
  await scene.sourceSql(`insert into b values (500, 'under an invalid configuration')`);
  await scene.caughtUp();
  expect(await scene.targetSql('select 1 from b where id = 500')).toHaveLength(1);
  await scene.client.commandPipeline('shop', 'forceResync', { tables: 'public.c' });
  await waitFor('a resync works', async () => (await epochOf('c')) === 2);
  await scene.streaming();
  expect(await events('config.invalid')).toHaveLength(2);
  write(original);
});

test('a pipeline that vanished from the file goes on', async () => {
  const before = (await events('config.invalid')).length;
  write(original.replace('  shop:\n', '  other:\n'));
  await within('an event tells', async () => (await events('config.invalid')).length > before);
  await scene.sourceSql(`insert into b values (501, 'nameless')`);
  await scene.caughtUp();
  expect(await scene.targetSql('select 1 from b where id = 501')).toHaveLength(1);
  write(original);
});

const KEEPS_ACCESS_TIMES = keepsAccessTimes();
const UNSEEN = KEEPS_ACCESS_TIMES ? '' : ' (needs a disk that keeps when a file was read)';

/** Each reading sees another text; false where one may have stood for a second reading. */
async function eachIsReadOnce(): Promise<boolean> {
  let inTime = true;
  for (let n = 0; n < 4; n++) {
    write(original.replace(INCLUDE, `tables: { include: ["public.a", "public.${NAMES[n + 1]}"] }`));
    const written = Date.now();
    await within('it is read', isRead);
    // The watch reads once a second.
    inTime &&= Date.now() - written < 1_500;
  }
  return inTime;
}

test.skipIf(!KEEPS_ACCESS_TIMES)(
  `a text for one reading only does not count${UNSEEN}`,
  async () => {
    let revisions = await count('sluice.pipeline');
    while (!(await eachIsReadOnce())) {
      for (let n = 0; n < 3; n++) {
        write(original);
        await within('it is read', isRead);
      }
      revisions = await count('sluice.pipeline');
    }
    // A later change is seen, so all the texts before it have been read.
    write(original.replace('heartbeatTimeout: 3s', 'heartbeatTimeout: 4s'));
    await within('the last text counts', async () => (await count('sluice.pipeline')) > revisions);
    expect(await count('sluice.pipeline')).toBe(revisions + 1);
    expect(await phases(NAMES)).toEqual(['streaming']);
  },
);

test('a table that leaves is detached and keeps its rows; one that comes back follows again', async () => {
  write(original.replace(INCLUDE, 'tables: { include: ["public.*"], exclude: ["public.f"] }'));
  await within('f is detached', async () => (await phases(['f'])).join() === 'detached');
  await scene.sourceSql(
    `insert into f values (1000, 'unseen'); insert into a values (1000, 'seen')`,
  );
  await scene.caughtUp();
  expect(await count('f')).toBe(100);
  expect(await count('a')).toBe(101);
  const published = await scene.sourceSql(
    `select 1 from pg_publication_tables where tablename = 'f'`,
  );
  expect(published).toEqual([]);
  expect(await phases(NAMES.slice(0, 5))).toEqual(['streaming']);
  // It comes back, with what happened meanwhile.
  write(original);
  await waitFor('f streams', async () => (await phases(['f'])).join() === 'streaming');
  expect(await scene.fingerprint(0, 'f', 'id')).toBe(await scene.fingerprint('source', 'f', 'id'));
  await scene.sourceSql(`insert into f values (1001, 'followed')`);
  await scene.caughtUp();
  expect(await count('f')).toBe(102);
});

test('a new table in the configuration is copied and followed', async () => {
  await scene.sourceSql(`create schema more; create table more.g (id int primary key);
    insert into more.g select generate_series(1, 50)`);
  write(original.replace(INCLUDE, 'tables: { include: ["public.*", "more.*"] }'));
  await within('it is known', async () => (await phases(['g'])).length === 1);
  await waitFor('it streams', async () => (await phases(['g'])).join() === 'streaming');
  expect(await count('more.g')).toBe(50);
});

test('a new table of the source under a pattern that is there is followed', async () => {
  await scene.sourceSql(`create table late (id int primary key);
    insert into late select generate_series(1, 50)`);
  await within('it is known', async () => (await phases(['late'])).length === 1);
  await waitFor('it streams', async () => (await phases(['late'])).join() === 'streaming');
  expect(await count('late')).toBe(50);
  await scene.sourceSql('drop table late');
  await within('it leaves', async () => (await phases(['late'])).join() === 'detached');
});

test('more than a fifth of the tables leave only when somebody confirms it', async () => {
  // Those of the tests before are not counted.
  const former = ['g', 'late'];
  await within('they left', async () => (await phases(former)).join() === 'detached');
  write(
    original.replace(
      INCLUDE,
      'tables: { include: ["public.*"], exclude: ["public.b", "public.c"] }',
    ),
  );
  await within('it is said', async () => (await events('config.unconfirmed')).length > 0);
  const [told = ''] = await events('config.unconfirmed');
  expect(told).toContain('of 6 tables of to0');
  expect(told).toContain('sluice apply --pipeline shop --confirm');
  await scene.sourceSql(`insert into b values (600, 'still followed')`);
  await scene.caughtUp();
  expect(await scene.targetSql('select 1 from b where id = 600')).toHaveLength(1);
  const refused = await cli('apply');
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain('--confirm');
  const done = await cli('apply', '--confirm');
  expect(done.err + done.out).toContain('public.b');
  expect(done.code).toBe(0);
  await within(
    'they are detached',
    async () => (await phases(['b', 'c', 'g'])).join() === 'detached',
  );
  expect(await phases(['a', 'd', 'e', 'f'])).toEqual(['streaming']);
  const open = await scene.targetSql(
    'select code, message from sluice.error where resolved_at is null',
  );
  expect(open).toEqual([]);
});

function write(text: string): void {
  writeFileSync(scene.configPath, text);
}

/** Since it was written; the file's own times say so, also on a disk that keeps them lazily. */
function isRead(): boolean {
  const { atimeMs, mtimeMs } = statSync(scene.configPath);
  return atimeMs >= mtimeMs;
}

/** Some disks are mounted without. */
function keepsAccessTimes(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-atime-'));
  const file = join(folder, 'probe');
  writeFileSync(file, 'x');
  utimesSync(file, new Date(0), new Date());
  readFileSync(file);
  const { atimeMs } = statSync(file);
  rmSync(folder, { recursive: true });
  return atimeMs > 0;
}

function cli(...words: readonly string[]): ReturnType<typeof runCli> {
  return runCli(scene.directory, ['--config', scene.configPath, ...words], scene.env);
}

async function phases(tables: readonly string[]): Promise<string[]> {
  const names = tables.map((name) => `'${name}'`).join();
  const rows = await scene.targetSql<{ phase: string }>(
    `select distinct phase from sluice.table_state where source_table in (${names})`,
  );
  return rows.map((row) => row.phase);
}

async function laneRests(): Promise<void> {
  await within('the lane rests', async () => {
    const rows = await scene.sourceSql('select 1 from pg_replication_slots where active');
    return rows.length === 0;
  });
}

async function changesWait(): Promise<boolean> {
  const [row] = await scene.targetSql<{ n: string }>(
    `select parked_rows as n from sluice.table_feed join sluice.table_state using (table_id)
      where source_table = 'a'`,
  );
  return Number(row?.n ?? 0) > 0;
}

async function noteOfA(): Promise<string> {
  const [row] = await scene.targetSql<{ note: string }>('select note from a where id = 1');
  return row?.note ?? '';
}

async function epochOf(table: string): Promise<number> {
  const rows = await allEpochs();
  return Number(rows.find((row) => row.name === table)?.epoch ?? 0);
}

function allEpochs(): Promise<{ name: string; epoch: string }[]> {
  return scene.targetSql('select source_table as name, epoch from sluice.table_state order by 1');
}

async function count(table: string): Promise<number> {
  const [row] = await scene.targetSql<{ n: string }>(`select count(*) as n from ${table}`);
  return Number(row?.n ?? -1);
}

async function events(kind: string): Promise<string[]> {
  const rows = await scene.targetSql<{ message: string }>(
    `select message from sluice.event where kind = '${kind}' order by event_id`,
  );
  return rows.map((row) => row.message);
}

async function within(what: string, fact: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, fact, { timeoutMs: PROMISED_MS, intervalMs: 100 });
}
