import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { followSchema } from '../../../../src/activities/watch/follow-schema.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

/** The note is stored apart, so an update of the key leaves it out. */
const DDL = `
create table public.parent (id int primary key, code text unique, v text);
create table public.child (id int primary key, note text,
  p int not null references public.parent on update cascade on delete cascade);
alter table public.child alter note set storage external;
insert into parent select i, 'c' || i, 'p' from generate_series(1, 10) i;
insert into child select i, repeat('n' || i, 9000), i from generate_series(1, 10) i`;

const KEYS = `
select conname, to_jsonb(c) ->> 'conenforced' as enforced
  from pg_constraint c
 where contype = 'f' and conrelid = 'public.child'::regclass`;

/** As a managed service gives it: owner of the database, and nothing else. */
describeEachPostgres('a plain login on the target, PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;
  let role = '';

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.target.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
    const { source } = shop ?? {};
    await source?.query(`drop role ${role}`);
    await shop?.close();
  });

  it('foreign keys are not in force, so a parent that is out of step harms no child', async () => {
    const more = { source: { createPublication: true, createSlot: true } };
    shop = await openShop(version, 'plain login', {}, {}, more);
    const { source, target } = shop;
    role = `plain_${version}_${String(Date.now())}`;
    await target.query(`create role ${role} login password 'plain';
      alter database ${target.name} owner to ${role}; alter schema public owner to ${role}`);
    const login = new URL(target.url);
    login.username = role;
    login.password = 'plain';
    await writeFile(join(dirname(shop.configPath), 'to'), login.toString());
    await source.query(DDL);
    await shop.reconcile();
    lane = shop.startLane();
    await shop.fullSync('public.parent', 'first-0');
    await shop.fullSync('public.child', 'first-0');
    await shop.use(async (open) => followSchema(open, 'copy'));
    expect(await target.query(KEYS)).toEqual(
      version === '18' ? [{ conname: 'child_p_fkey', enforced: 'false' }] : [],
    );
    if (version === '14') {
      const told = await target.query<{ message: string }>(
        `select message from sluice.event where kind = 'schema.left'`,
      );
      expect(told[0]?.message).toContain('child_p_fkey');
      expect(told[0]?.message).toContain('session_replication_role');
    }
    const equal = async (table: string) =>
      waitFor(
        `${table} is equal`,
        async () =>
          JSON.stringify(await rowsOf(target, table)) ===
          JSON.stringify(await rowsOf(source, table)),
      );
    await source.query('update parent set id = id + 100 where id < 4');
    await equal('child');
    await equal('parent');
    // The parent is set aside; its child goes on, also with rows of parents that are not there yet.
    await target.query(`alter table parent add constraint no_bad check (v <> 'bad')`);
    await source.query(`insert into parent values (500, 'x', 'bad')`);
    const phase = async (table: string) => (await shop?.row(table))?.phase;
    await waitFor('the parent is set aside', async () => {
      return (await phase('public.parent')) === 'quarantined';
    });
    await source.query(`begin; insert into parent values (501, 'y', 'good');
      insert into child values (501, 'late', 501); commit; delete from parent where id = 10`);
    await equal('child');
    expect(await phase('public.child')).toBe('streaming');
    // Its new copy has rows that exchanged unique values: they go and come back.
    await target.query('alter table parent drop constraint no_bad');
    await source.query(`begin; update parent set code = 'free' where id = 5;
      update parent set code = 'c5' where id = 6; update parent set code = 'c6' where id = 5; commit`);
    await shop.fullSync('public.parent', 'resync-1');
    await equal('parent');
    await equal('child');
    const [feed] = await target.query<{ missing: string }>(
      `select sum(missing)::text as missing from sluice.table_feed`,
    );
    expect(feed?.missing).toBe('0');
  });
});
