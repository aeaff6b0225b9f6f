import { afterAll, beforeAll, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';
import { expectEqual, numbered, stateOf } from './table-state.js';

/** What takes a table from the feed, and what brings it back. */
const LOSSES = [
  ['dropped', (t: string) => `drop table ${t}`, (t: string) => numbered(t)],
  [
    'renamed',
    (t: string) => `alter table ${t} rename to zz_${t}`,
    (t: string) => `alter table zz_${t} rename to ${t}`,
  ],
  [
    'unlogged',
    (t: string) =>
      `alter publication sluice_shop_to0 drop table ${t}; alter table ${t} set unlogged`,
    (t: string) => `alter table ${t} set logged`,
  ],
  [
    'keyless',
    (t: string) => `alter table ${t} drop constraint ${t}_pkey`,
    (t: string) => `alter table ${t} add primary key (id)`,
  ],
] as const;
const STATES = ['streaming', 'paused'] as const;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'lost-tables' });
  for (const [what] of LOSSES) {
    for (const state of STATES) await scene.sourceSql(numbered(`${what}_${state}`));
  }
  await scene.sourceSql(numbered('other'));
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

interface Seen {
  readonly table: string;
  readonly why: { readonly message: string; readonly remedy: string | null } | null;
}

async function tablesOfStatus(table: string): Promise<readonly Seen[]> {
  const argv = ['--config', scene.configPath, 'status', `public.${table}`, '--json'];
  const { out } = await runCli(scene.directory, argv, scene.env);
  const pipelines = JSON.parse(out) as { targets: { tables: Seen[] }[] }[];
  return pipelines.flatMap((one) => one.targets.flatMap((target) => target.tables));
}

const CASES = LOSSES.flatMap(([what, change, undo]) =>
  STATES.map((state) => ({ what, state, change, undo })),
);

test.each(CASES)('a table $what while $state says so, and comes back', async (one) => {
  const table = `${one.what}_${one.state}`;
  const command = async (name: 'pause' | 'resume' | 'forceResync') =>
    scene.client.commandPipeline(scene.pipeline, name, { tables: `public.${table}` });
  if (one.state === 'paused') {
    await command('pause');
    await waitFor('it is paused', async () => (await stateOf(scene, table))?.phase === 'paused');
  }
  await scene.sourceSql(one.change(table));
  await waitFor(
    'it is out of the stream',
    async () => {
      const now = await stateOf(scene, table);
      return now?.phase === 'detached' || now?.fault_code != null;
    },
    { timeoutMs: 45_000 },
  ).catch(async (cause: unknown) => {
    throw new Error(JSON.stringify(await stateOf(scene, table)), { cause });
  });
  // One that needs a new copy first tries to begin it, and has nothing to say meanwhile.
  await waitFor('it says why it stands still', async () => {
    const [seen] = await tablesOfStatus(table);
    return Boolean(seen?.why?.message) && Boolean(seen?.why?.remedy);
  });

  await scene.sourceSql(`update other set v = v + 1`);
  await expectEqual(scene, 'other');

  await scene.sourceSql(one.undo(table));
  await scene.sourceSql(`update ${table} set v = v + 7 where id % 3 = 0`);
  if (one.state === 'paused') await command('resume');
  await command('forceResync');
  await expectEqual(scene, table);
});
