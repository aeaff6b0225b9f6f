import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openFullSyncTarget } from '../../../../src/engines/postgres/full-sync/full-sync-target.js';
import type { SessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { connectionTo, contents, openScene, resync } from './fixture.js';

const LOGIN = 'partition_login';

describeEachPostgres('a login without great rights, PostgreSQL %s', (version) => {
  let scene: Scene;
  let pool: SessionPool;
  let asLogin: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `login ${version}`);
    await scene.source.query(`
      create table public.t (id int primary key, v text) partition by range (id);
      create table public.t_1 partition of public.t for values from (0) to (100);
      create table public.t_2 partition of public.t default;
      insert into public.t select n, 'v' || n from generate_series(1, 300) n`);
    await scene.target.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${LOGIN}') then
          create role ${LOGIN};
        end if;
        execute format('grant create on database %I to ${LOGIN}', current_database());
      end $$;
      grant usage, create on schema public to ${LOGIN};
      grant usage on schema sluice to ${LOGIN};
      grant all on all tables in schema sluice to ${LOGIN};
      grant all on all sequences in schema sluice to ${LOGIN};
      grant all on all functions in schema sluice to ${LOGIN}`);
    const to = { ...connectionTo(scene.target), session: { role: LOGIN } };
    pool = openSessionPool(async () => connectPg(to, 'target'), 4);
    const drain = () => Promise.resolve({ drained: 0, remaining: 0 });
    asLogin = { ...scene, fullTarget: openFullSyncTarget({ pool, subject: 'the target', drain }) };
    await resync(asLogin, 'public.t');
  });
  afterAll(async () => {
    await pool.close();
    await scene.close();
  });

  it('exchanges the partitions of a table of its own', async () => {
    await scene.source.query(`update public.t set v = 'new' where id % 3 = 0`);
    expect(await resync(asLogin, 'public.t', { load: 'partitionSwitch' })).toMatchObject({
      method: 'partitionSwitch',
      done: true,
    });
    expect(await contents(scene.target, 'public.t')).toBe(await contents(scene.source, 'public.t'));
  });

  it('merges one that has a partition of another role, and says so', async () => {
    await scene.target.query(`alter table public.t_2 owner to current_user;
                              grant all on public.t_2 to ${LOGIN}`);
    const target = { schema: 'public', table: 't' };
    expect(await asLogin.fullTarget.chooseLoad(target, 'partitionSwitch')).toMatchObject({
      method: 'merge',
      reason: expect.stringContaining('another role owns') as unknown,
    });
  });
});
