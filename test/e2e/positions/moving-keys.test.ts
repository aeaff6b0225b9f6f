import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from '../crash/writer.js';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

const ROWS = 1_500;
const FIRST_SEED = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 100_000);
const SEEDS = Array.from({ length: 5 }, (_, n) => FIRST_SEED + n);

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({
    label: 'moving-keys',
    // Chunks of a few pages, so that a row moves from one that was read to one that was not.
    pipeline: '    defaults: { chunk: { bytes: 64KB }, parallelism: 2 }',
  });
  await scene.sourceSql(`
    create table moving (id int primary key, v int, filler text, big text not null);
    alter table moving alter big set storage external;
    insert into moving select g * 1000, g, repeat('f', 300), repeat(md5(g::text), 100 + g % 7)
      from generate_series(1, ${ROWS}) g;
    create table seats (id int primary key, seat int not null unique, note text);
    insert into seats select g, g, 'n' from generate_series(1, 100) g;`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

/** Moves keys across the whole table and back, and leaves the large values as they are. */
class KeyMover {
  #stopped = false;
  #done: Promise<void> = Promise.resolve();
  moved = 0;

  constructor(private readonly seed: number) {}

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    const random = generator(this.seed);
    const any = (): number => Math.floor(random() * ROWS * 1000);
    const client = new pg.Client({ connectionString: scene.source.url('shop') });
    await client.connect();
    while (!this.#stopped) {
      const dice = random();
      const values = [any(), any()];
      const sql =
        dice < 0.7
          ? `update moving set id = $2 where id = (select id from moving where id >= $1 order by id limit 1)
               and not exists (select from moving where id = $2)`
          : dice < 0.8
            ? `with gone as (delete from moving where id = (select id from moving where id >= $1 order by id limit 1) returning *)
               insert into moving select $2, v, filler, big from gone
                where not exists (select from moving where id = $2)`
            : dice < 0.9
              ? `update moving set v = v + $2 % 10 where id = (select id from moving where id >= $1 order by id limit 1)`
              : `update moving set big = big || 'x', v = $2 where id = (select id from moving where id >= $1 order by id limit 1)`;
      const result = await client.query(sql, values).catch(() => null);
      this.moved += result?.rowCount ?? 0;
    }
    await client.end();
  }
}

async function expectEqual(table: string): Promise<void> {
  await scene.streaming();
  await scene.caughtUp();
  await waitFor(`${table} is equal`, async () => {
    const from = await scene.fingerprint('source', table, 'id');
    return from === (await scene.fingerprint(0, table, 'id'));
  });
  const faults = (await scene.tableStates()).filter((row) => row.fault_code !== null);
  expect(faults).toEqual([]);
}

test.each(SEEDS)(
  'keys that move between chunks during a copy lose no row and no large value (seed %i)',
  async (seed) => {
    const mover = new KeyMover(seed);
    mover.start();
    const [before] = await scene.targetSql<{ epoch: string }>(
      `select epoch from sluice.table_state where source_table = 'moving'`,
    );
    await scene.client.commandPipeline(scene.pipeline, 'forceResync', {
      tables: 'public.moving',
      requestId: `moving-${seed}`,
    });
    await waitFor(
      'the resync is over',
      async () => {
        const [row] = await scene.targetSql<{ epoch: string; phase: string }>(
          `select epoch, phase from sluice.table_state where source_table = 'moving'`,
        );
        return row?.phase === 'streaming' && Number(row.epoch) > Number(before?.epoch);
      },
      { timeoutMs: 120_000, intervalMs: 200 },
    );
    await mover.stop();
    expect(mover.moved).toBeGreaterThan(50);
    const [ledger] = await scene.targetSql<{ n: string }>(
      `select count(*) n from sluice.chunk c join sluice.table_state t using (table_id, epoch)
        where source_table = 'moving'`,
    );
    expect(Number(ledger?.n)).toBeGreaterThan(20);
    await expectEqual('moving');
  },
);

test('unique values exchanged in one transaction and in two arrive, whatever a batch makes of them', async () => {
  const client = new pg.Client({ connectionString: scene.source.url('shop') });
  await client.connect();
  for (let round = 0; round < 40; round++) {
    const [a, b] = [1 + (round % 50), 51 + ((round * 7) % 50)];
    const swap = [
      `update seats set seat = -seat where id = ${a}`,
      `update seats set seat = (select -seat from seats where id = ${a}), note = 'took' where id = ${b}`,
      `update seats set seat = free.seat from
         (select s from generate_series(1, 100) s where s not in (select seat from seats)) free (seat)
        where id = ${a}`,
    ];
    // Even rounds: one transaction; odd ones: three, which the lane may put into one batch.
    if (round % 2 === 0) await client.query(swap.join(';'));
    else for (const statement of swap) await client.query(statement);
  }
  // Keys too: 1 becomes 2 and 2 becomes 1.
  await client.query(
    'update seats set id = -1 where id = 1; update seats set id = 1 where id = 2; update seats set id = 2 where id = -1',
  );
  await client.end();
  await expectEqual('seats');
});
