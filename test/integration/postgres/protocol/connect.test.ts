import type { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import type { PgPurpose } from '../../../../src/engines/postgres/connection-options.js';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from './support.js';
import { collect, createSlot, isMarker, openScene } from './support.js';

const PURPOSES: PgPurpose[] = ['source', 'target', 'copy', 'state'];

describeEachPostgres('a session on PostgreSQL %s', (version) => {
  let scene: Scene;
  let hostile: Scene['connection'];
  let role: string;

  beforeAll(async () => {
    scene = await openScene(version, 'connect');
    role = `${scene.slot}_role`;
    await scene.sql.query(`
      CREATE ROLE ${role} LOGIN SUPERUSER REPLICATION PASSWORD 'first';
      ALTER ROLE ${role} SET datestyle = 'SQL, DMY';
      ALTER ROLE ${role} SET intervalstyle = 'sql_standard';
      ALTER ROLE ${role} SET timezone = 'Asia/Tokyo';
      ALTER ROLE ${role} SET extra_float_digits = 0;
      ALTER ROLE ${role} SET bytea_output = 'escape';
      ALTER ROLE ${role} SET client_encoding = 'LATIN1';
      ALTER ROLE ${role} SET search_path = 'public';
      ALTER ROLE ${role} SET standard_conforming_strings = off;
      ALTER ROLE ${role} SET statement_timeout = 1;
      ALTER ROLE ${role} SET synchronous_commit = off;
      CREATE TABLE public.value (
        id int PRIMARY KEY, d date, t timestamptz, i interval, f float8, b bytea, e text
      );
      CREATE PUBLICATION everything FOR ALL TABLES;
    `);
    const password = (): string => 'first';
    hostile = { ...scene.connection, user: role, password };
  });

  afterAll(async () => {
    await scene.sql.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await scene.close();
  });

  async function setting(client: Client, name: string): Promise<unknown> {
    const { rows } = await client.query<{ setting: string }>(
      'SELECT current_setting($1) AS setting',
      [name],
    );
    return rows[0]?.setting;
  }

  it.each(['target', 'state'] as const)(
    'commits durably as %s, whatever the role says',
    async (purpose) => {
      const client = await connectPg(hostile, purpose);
      expect(await setting(client, 'synchronous_commit')).toBe('on');
      await client.end();
      const weak = { ...hostile, session: { synchronous_commit: 'off' } };
      await expect(connectPg(weak, purpose)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );

  it.each(PURPOSES)(
    'pins what values depend on, as %s, over the defaults of a role',
    async (purpose) => {
      const client = await connectPg(hostile, purpose);
      const pinned = {
        DateStyle: 'ISO, YMD',
        IntervalStyle: 'postgres',
        TimeZone: 'UTC',
        extra_float_digits: '3',
        bytea_output: 'hex',
        lc_monetary: 'C',
        client_encoding: 'UTF8',
        search_path: 'pg_catalog',
        row_security: 'off',
        statement_timeout: '1min',
        application_name: 'sluice-test',
      };
      for (const [name, value] of Object.entries(pinned)) {
        expect([name, await setting(client, name)]).toEqual([name, value]);
      }
      const writes = purpose === 'target' || purpose === 'state';
      const idle = await setting(client, 'idle_in_transaction_session_timeout');
      expect(idle).toBe(writes ? '1min' : '0');
      expect(await setting(client, 'lock_timeout')).toBe(writes ? '0' : '5s');
      expect(await setting(client, 'tcp_keepalives_idle')).toBe('30');
      await client.end();
    },
  );

  it('gives text values of the stream unchanged by the defaults of a role', async () => {
    await createSlot(scene);
    const replication = await openReplication(hostile);
    const { slot } = scene;
    const publications = ['everything'];
    const options = { slot, publications, from: LSN_NONE, binary: false };
    const stream = await replication.startReplication(options);
    await scene.sql.query(`
      INSERT INTO public.value
      VALUES (1, '2024-03-04', '2024-03-04 05:06:07.891234+00', '1 day 02:00', 0.1::float8 + 0.2,
              '\\xff00', 'Grüße €')`);
    await scene.sql.query(`SELECT pg_logical_emit_message(false, 'end', '')`);
    const messages = await collect(stream, isMarker('end'));
    await replication.close();
    const insert = messages.find((message) => message.kind === 'insert');
    expect(insert?.row.cells.map((cell) => Buffer.isBuffer(cell) && cell.toString())).toEqual([
      '1',
      '2024-03-04',
      '2024-03-04 05:06:07.891234+00',
      '1 day 02:00:00',
      '0.30000000000000004',
      '\\xff00',
      'Grüße €',
    ]);
  });

  it('is refused rows of which a policy hides some, and never reads fewer', async () => {
    const reader = `${scene.slot}_reader`;
    await scene.sql.query(`
      CREATE ROLE ${reader} LOGIN PASSWORD 'first';
      CREATE TABLE public.hidden (id int PRIMARY KEY);
      INSERT INTO public.hidden VALUES (1), (2), (3), (4), (5);
      ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
      CREATE POLICY two ON public.hidden USING (id < 3);
      GRANT SELECT ON public.hidden TO ${reader}`);
    const client = await connectPg({ ...hostile, user: reader }, 'copy');
    await expect(client.query('COPY public.hidden TO STDOUT')).rejects.toMatchObject({
      code: '42501',
    });
    await client.end();
    await scene.sql.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  });

  it('reads the password at every connect', async () => {
    let password = 'wrong';
    const connection = { ...hostile, password: async () => Promise.resolve(password) };
    await expect(connectPg(connection, 'source')).rejects.toMatchObject({
      code: 'LOGIN_REFUSED',
      kind: 'transient',
    });
    password = 'first';
    await (await connectPg(connection, 'source')).end();
  });

  it('never takes a password from the environment', async () => {
    process.env.PGPASSWORD = 'first';
    const connection = { ...hostile, password: () => '' };
    const attempt = connectPg(connection, 'source').finally(() => delete process.env.PGPASSWORD);
    await expect(attempt).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('passes settings of the user, with blanks and backslashes, and refuses pinned ones', async () => {
    const session = { 'sluice.note': 'a b\\c "d"', work_mem: '7MB' };
    const client = await connectPg({ ...hostile, session }, 'source', {
      settings: { lock_timeout: '77' },
    });
    expect(await setting(client, 'sluice.note')).toBe('a b\\c "d"');
    expect(await setting(client, 'work_mem')).toBe('7MB');
    expect(await setting(client, 'lock_timeout')).toBe('77ms');
    await client.end();
    const pinned = { ...hostile, session: { datestyle: 'German' } };
    await expect(connectPg(pinned, 'source')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('names what is wrong with a connection', async () => {
    const missing = connectPg({ ...hostile, database: 'not_there' }, 'source');
    await expect(missing).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
    const refused = connectPg({ ...hostile, port: 1 }, 'source');
    await expect(refused).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    const unknown = connectPg({ ...hostile, host: 'host.invalid' }, 'target');
    await expect(unknown).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it('asks for TLS as its mode says, on a server that has none', async () => {
    for (const mode of ['require', 'verify-ca', 'verify-full'] as const) {
      const attempt = connectPg({ ...hostile, tls: { mode } }, 'source');
      await expect(attempt).rejects.toMatchObject({ code: 'TLS_REFUSED' });
    }
    await (await connectPg({ ...hostile, tls: { mode: 'prefer' } }, 'source')).end();
  });

  it('survives the loss of an idle session and says so at the next query', async () => {
    const client = await connectPg(hostile, 'target');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await scene.sql.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await waitFor('the client has noticed', async () =>
      client.query('SELECT 1').then(
        () => false,
        () => true,
      ),
    );
    await client.end();
  });
});
