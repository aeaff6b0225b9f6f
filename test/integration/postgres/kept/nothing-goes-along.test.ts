import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { giveBackPg } from '../../../../src/engines/postgres/kept-clients.js';
import { runPipeline } from '../../../../src/engines/postgres/pipeline.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { KeptScene, valueOf } from './scene.js';

describeEachPostgres(
  'what a session does not take along to the next user, PostgreSQL %s',
  (version) => {
    let scene: KeptScene;

    beforeAll(async () => {
      scene = await KeptScene.open(version);
    });
    beforeEach(() => scene.startKeeping());
    afterEach(async () => scene.end());
    afterAll(async () => scene.close());

    const LEAVES = [
      {
        what: 'settings',
        by: `set search_path = public; set statement_timeout = 1; set shop.tenant = '7'`,
        shown: `concat_ws('|', current_setting('search_path'), current_setting('statement_timeout'),
                nullif(current_setting('shop.tenant', true), ''))`,
        value: 'pg_catalog|1min',
      },
      {
        what: 'a temporary table',
        by: 'create temporary table left_over (id int)',
        shown: `(select count(*)::int from pg_class where relname = 'left_over')`,
        value: 0,
      },
      {
        what: 'a prepared statement',
        by: 'prepare left_over as select 1',
        shown: '(select count(*)::int from pg_prepared_statements)',
        value: 0,
      },
      {
        what: 'an advisory lock',
        by: 'select pg_advisory_lock(7310579, 1)',
        shown: `(select count(*)::int from pg_locks
                  where locktype = 'advisory' and pid = pg_backend_pid())`,
        value: 0,
      },
      {
        what: 'a channel that it listened to',
        by: 'listen left_over',
        shown: '(select count(*)::int from pg_listening_channels())',
        value: 0,
      },
      {
        what: 'a cursor',
        by: 'begin; declare left_over cursor with hold for select 1; commit',
        shown: '(select count(*)::int from pg_cursors)',
        value: 0,
      },
      {
        what: 'how transactions begin',
        by: 'set session characteristics as transaction isolation level serializable, read only',
        shown: `concat_ws('|', current_setting('transaction_isolation'),
                current_setting('transaction_read_only'))`,
        value: 'read committed|off',
      },
    ];
    it.each(LEAVES)('takes nothing along: $what', async ({ by, shown, value }) => {
      const { next, isSame } = await scene.handOver(async (client) => client.query(by));
      expect(isSame).toBe(true);
      expect(await valueOf(next, shown)).toBe(value);
      await giveBackPg(next);
    });

    it.each(['set role', 'set session authorization'])('takes nothing along: %s', async (set) => {
      const { next, isSame } = await scene.handOver(async (client) =>
        client.query(`${set} ${scene.role}`),
      );
      expect(isSame).toBe(true);
      expect(await valueOf(next, `session_user || '|' || current_user`)).toBe(
        `${scene.server.user}|${scene.server.user}`,
      );
      await giveBackPg(next);
    });

    it('prepares again what a former user had prepared under the same name', async () => {
      const named = (text: string) => ({ name: 'same', text });
      const piped = (text: string) => [{ name: 'sluice_same', text, values: [] }];
      const { next, isSame } = await scene.handOver(async (client) => {
        await client.query(named('select 1 as value'));
        await runPipeline(client, piped('select 1'));
      });
      expect(isSame).toBe(true);
      expect((await next.query(named('select 2 as value'))).rows).toEqual([{ value: 2 }]);
      expect((await runPipeline(next, piped('select 2'))).rows).toEqual([[['2']]]);
      // As the former user wrote them, and on the server no more.
      await giveBackPg(next);
      const last = await scene.borrow();
      expect((await last.query(named('select 2 as value'))).rows).toEqual([{ value: 2 }]);
      expect((await runPipeline(last, piped('select 2'))).rows).toEqual([[['2']]]);
      await giveBackPg(last);
    });

    it('is heard by its former user no more', async () => {
      const heard: string[] = [];
      const { next } = await scene.handOver((client) => {
        client.on('notice', () => heard.push('notice'));
        client.on('notification', () => heard.push('notification'));
        client.on('end', () => heard.push('end'));
        return Promise.resolve();
      });
      await next.query(`listen news`);
      await next.query(`notify news; do $$ begin raise notice 'news'; end $$`);
      expect(next.eventNames().filter((name) => next.listenerCount(name) > 0)).toHaveLength(2);
      await next.end();
      expect(heard).toEqual([]);
    });
  },
);
