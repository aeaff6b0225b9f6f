import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

const WAYS = ['merge', 'swap', 'truncate'] as const;

let scene: Scene;

beforeAll(async () => {
  const settings = WAYS.map((way) => `public.by_${way}: { load: ${way} }`);
  scene = await Scene.open({
    label: 'cut-over-identity',
    tables: `{ include: ["public.*"], settings: { ${settings.join(', ')}, public.alone: { load: swap } } }`,
  });
  for (const table of [...WAYS.map((way) => `by_${way}`), 'alone']) {
    await scene.sourceSql(`
      create table ${table} (id int primary key, v int);
      insert into ${table} select g, g from generate_series(1, 500) g;`);
  }
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
  await scene.targetSql('create role reporter');
  for (const way of WAYS) await hang(`by_${way}`);
});

afterAll(async () => {
  await scene.close();
});

/** All that may hang on a table of the target, made by its users. */
async function hang(table: string): Promise<void> {
  await scene.targetSql(`
    create view see_${table} as select id, v from ${table} where id <= 10;
    create table child_of_${table} (id int references ${table});
    insert into child_of_${table} values (5);
    create publication pub_${table} for table ${table};
    grant select on ${table} to reporter;
    comment on table ${table} is 'kept';
    create table log_${table} (n bigserial, op text);
    create function log_${table}() returns trigger language plpgsql as $$
      begin insert into public.log_${table} (op) values (tg_op); return null; end $$;
    create trigger log_it after insert or update or delete on ${table}
      for each row execute function log_${table}();`);
}

interface Hanging extends Record<string, unknown> {
  readonly oid: string;
  readonly sees: string;
  readonly references: string;
  readonly published: string;
  readonly granted: boolean;
  readonly triggers: string;
  readonly comment: string;
}

async function hanging(table: string): Promise<Hanging | undefined> {
  const [row] = await scene.targetSql<Hanging>(`
    select '${table}'::regclass::oid::text as oid,
           (select count(*)::text from see_${table}) as sees,
           (select string_agg(confrelid::regclass || ' ' || conenforced::text, ',') from pg_constraint
             where conrelid = 'child_of_${table}'::regclass and contype = 'f') as references,
           (select string_agg(pubname, ',') from pg_publication_tables
             where schemaname = 'public' and tablename = '${table}') as published,
           has_table_privilege('reporter', '${table}', 'select') as granted,
           (select string_agg(tgname || tgenabled::text, ',') from pg_trigger
             where tgrelid = '${table}'::regclass and not tgisinternal) as triggers,
           obj_description('${table}'::regclass) as comment`);
  return row;
}

async function resync(table: string): Promise<void> {
  await scene.sourceSql(`
    update ${table} set v = v + 1 where id <= 20; delete from ${table} where id = 100;
    insert into ${table} values (1000, 1)`);
  const epoch = async (): Promise<{ epoch: string; phase: string } | undefined> =>
    (
      await scene.targetSql<{ epoch: string; phase: string }>(
        `select epoch, phase from sluice.table_state where source_table = '${table}'`,
      )
    )[0];
  const before = await epoch();
  await scene.client.commandPipeline(scene.pipeline, 'forceResync', { tables: `public.${table}` });
  await waitFor(
    `the resync of ${table} is over`,
    async () => {
      const now = await epoch();
      return now?.phase === 'streaming' && Number(now.epoch) > Number(before?.epoch);
    },
    { timeoutMs: 60_000 },
  );
  await scene.sourceSql(`update ${table} set v = v + 1 where id = 7`);
  await waitFor(`${table} is equal`, async () => {
    const from = await scene.fingerprint('source', table, 'id');
    return from === (await scene.fingerprint(0, table, 'id'));
  });
}

test.each(WAYS)(
  '%s: view, foreign key, publication, grant, comment and trigger stay with the table',
  async (way) => {
    const table = `by_${way}`;
    const before = await hanging(table);
    await resync(table);
    expect(await hanging(table)).toEqual(before);
    expect(before).toMatchObject({ sees: '10', granted: true, comment: 'kept' });
    // The trigger stands but is quiet: what it would do has been done on the source.
    const fired = await scene.targetSql(`select from log_${table}`);
    expect(fired.length).toBe(0);
  },
);

test('swap puts a new table in the place of one on which nothing hangs', async () => {
  const oid = async (): Promise<string | undefined> =>
    (await scene.targetSql<{ oid: string }>(`select 'alone'::regclass::oid::text as oid`))[0]?.oid;
  const before = await oid();
  await resync('alone');
  expect(await oid()).not.toBe(before);
  await waitFor('no stage is left', async () => {
    const left = await scene.targetSql(
      `select from pg_namespace where nspname like 'sluice\\_stage\\_%'`,
    );
    return left.length === 0;
  });
});
