import { afterEach, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

let scene: Scene;

afterEach(async () => {
  await scene.close();
});

/** All that a role may have of its own and that changes what the wire says or what SQL means. */
const HOSTILE: Readonly<Record<string, string>> = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  extra_float_digits: '0',
  bytea_output: 'escape',
  search_path: 'nowhere',
  client_encoding: 'LATIN1',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  lc_monetary: 'C',
  xmloption: 'document',
  statement_timeout: '1500ms',
  idle_in_transaction_session_timeout: '1500ms',
  idle_session_timeout: '1500ms',
  lock_timeout: '700ms',
};

const TABLE = `
  create table typed (
    id int primary key, d date, t timestamptz, ts timestamp, i interval, f float8, r float4,
    b bytea, s text, m money, j jsonb, a text[], n numeric, x xml, back text);
  insert into typed
    select g, date '2024-03-04' + g, timestamptz '2024-03-04 05:06:07.123456+05:45' + g * interval '1 s',
           timestamp '2024-03-04 05:06:07.123456', interval '1 mon 2 days 03:04:05.678' * g,
           0.1::float8 + 0.2::float8 * g, 1.1::float4 * g, decode(md5(g::text), 'hex'), 'ü€\\ ''' || g,
           12.34::money, jsonb_build_object('k', g, 'ü', 'é'), array['a', null, 'NULL', g::text],
           1.10 * g, xmlparse(content '<a>' || g || '</a>'), E'back\\\\slash'
      from generate_series(1, 300) g;`;

async function expectEqual(): Promise<void> {
  await scene.streaming();
  await scene.caughtUp();
  await waitFor('typed is equal', async () => {
    const from = await scene.fingerprint('source', 'typed', 'id');
    return from === (await scene.fingerprint(0, 'typed', 'id'));
  });
  const faults = (await scene.tableStates()).filter((row) => row.fault_code !== null);
  expect(faults).toEqual([]);
}

const CHANGE = `
  update typed set d = d + 1, t = t + interval '1 us', f = f / 3, r = r / 7, i = i * 1.5,
                   s = s || 'é', b = b || '\\x00ff'::bytea, n = n / 3
   where id % 2 = 0;
  update typed set id = id + 1000 where id % 5 = 0;
  delete from typed where id % 7 = 0;`;

async function run(): Promise<void> {
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming(0, 60_000).catch(async (error: unknown) => {
    const errors = await scene.targetSql('select code, message from sluice.error');
    throw new Error(JSON.stringify(errors), { cause: error });
  });
  await expectEqual();
  await scene.sourceSql(CHANGE);
  await expectEqual();
  await scene.client.commandPipeline(scene.pipeline, 'forceResync', {});
  await waitFor(
    'a second epoch',
    async () => (await scene.tableStates()).every((row) => row.epoch === '2'),
    { timeoutMs: 60_000 },
  );
  await scene.sourceSql(`update typed set f = f * 7 where id < 500`);
  await expectEqual();
  // The lane's sessions outlive the limits that the role would set them.
  await new Promise((done) => setTimeout(done, 2_500));
  await scene.sourceSql(`update typed set f = f * 3 where id < 400`);
  await expectEqual();
}

test('logins without superuser, with hostile settings of their own, on both sides', async () => {
  scene = await Scene.open({ label: 'hostile-roles' });
  const settings = (role: string): string =>
    Object.entries(HOSTILE)
      .map(([name, value]) =>
        name === 'search_path' || name === 'datestyle'
          ? `alter role ${role} set ${name} = ${value};`
          : `alter role ${role} set ${name} = '${value}';`,
      )
      .join('\n');
  // The source: REPLICATION and ownership, nothing else. The target: owner of an empty database.
  await scene.sourceSql(
    `create role app login replication password 'app-secret'; alter database shop owner to app;
     alter schema public owner to app;`,
  );
  await scene.sourceSql(TABLE);
  await scene.sourceSql(`alter table typed owner to app; ${settings('app')}`);
  await adminOf(`create role replica login password 'replica-secret'`);
  await adminOf('create database shop owner replica');
  await adminOf(settings('replica'));
  scene.env.SOURCE_URL = loginAs(scene.source.url('shop'), 'app', 'app-secret');
  scene.env.TARGET_0_URL = loginAs(scene.target.url('shop'), 'replica', 'replica-secret');
  await run();
  const [who] = await scene.targetSql<{ owner: string }>(
    `select tableowner as owner from pg_tables where tablename = 'typed'`,
  );
  expect(who?.owner).toBe('replica');
  expect(scene.worker?.output).not.toMatch(/app-secret|replica-secret/);
});

async function adminOf(sql: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: scene.target.url('postgres') });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function loginAs(url: string, user: string, password: string): string {
  const login = new URL(url);
  login.username = user;
  login.password = password;
  return login.toString();
}
