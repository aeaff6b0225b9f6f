import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';
import { CASES } from './cases.js';

interface State {
  readonly slug: string;
  readonly epoch: string;
  readonly phase: string;
  readonly fault_code: string | null;
  readonly source_fingerprint: string;
}

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'catalogue' });
  await scene.sourceSql(CASES.map((one) => one.before).join('\n'));
  await scene.sourceSql(`
    create table bare (id int primary key, v int);
    insert into bare select g, g from generate_series(1, 20) g;`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
}, 240_000);

afterAll(async () => {
  await scene.close();
});

async function stateOf(table: string): Promise<State | undefined> {
  const [row] = await scene.targetSql<State & Record<string, unknown>>(
    `select slug, epoch, phase, fault_code, source_fingerprint from sluice.table_state
      where source_table = '${table}'`,
  );
  return row;
}

async function expectEqual(table: string): Promise<void> {
  let sides: readonly string[] = [];
  try {
    await waitFor(
      `${table} is equal and streams`,
      async () => {
        const [from, to] = [
          await scene.fingerprint('source', table, 'id'),
          await scene.fingerprint(0, table, 'id'),
        ];
        const state = await stateOf(table);
        sides = [from, to, state?.phase ?? '', state?.fault_code ?? ''];
        return from === to && state?.phase === 'streaming' && state.fault_code === null;
      },
      { timeoutMs: 45_000, intervalMs: 200 },
    );
  } catch (error) {
    throw new Error([...sides, ...(await story(table))].join('\n'), { cause: error });
  }
}

/** What the target knows of a table, for the message of a failure. */
async function story(table: string): Promise<string[]> {
  const events = await scene.targetSql<{ line: string }>(
    `select kind || ': ' || message as line from sluice.event join sluice.table_state using (table_id)
      where source_table = '${table}' order by event_id`,
  );
  const columns = await scene.targetSql<{ line: string }>(
    `select string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) as line
       from information_schema.columns where table_schema = 'public' and table_name = '${table}'`,
  );
  return [...events, ...columns].map(({ line }) => line);
}

test.each(CASES)('$what: $outcome', async ({ table, change, after, outcome }) => {
  await expectEqual(table);
  const before = await stateOf(table);
  for (const transaction of change.split('commit;')) await scene.sourceSql(transaction);
  await scene.sourceSql(after);
  await waitFor(
    'the watch has seen it',
    async () => {
      const now = await stateOf(table);
      if (outcome === 'resync') return Number(now?.epoch) > Number(before?.epoch);
      return now?.source_fingerprint !== before?.source_fingerprint;
    },
    { timeoutMs: 45_000, intervalMs: 200 },
  );
  await expectEqual(table);
  const now = await stateOf(table);
  expect(Number(now?.epoch) - Number(before?.epoch)).toBe(outcome === 'resync' ? 1 : 0);
  // Nothing remembers a former shape: what follows arrives too.
  await scene.sourceSql(`update ${table} set v = v + 7`);
  await expectEqual(table);
});

test('a replica identity that makes UPDATE fail on the source takes the table out of the feed', async () => {
  await scene.sourceSql('alter table bare replica identity nothing');
  await waitFor('the application can write again', async () => {
    await scene.sourceSql('update bare set v = v + 1');
    return true;
  });
  await waitFor('the table says why it stands still', async () => {
    const state = await stateOf('bare');
    return state?.phase === 'quarantined' && state.fault_code === 'KEY_MISSING';
  });
  await scene.sourceSql('alter table bare replica identity default');
  await scene.client.commandPipeline(scene.pipeline, 'retry', { tables: 'public.bare' });
  await expectEqual('bare');
});
