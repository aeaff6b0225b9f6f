import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from '../crash/writer.js';
import { Scene } from '../support/scene.js';
import { expectNot, patient, waitFor } from '../../support/wait-for.js';

const ROWS = 5_000;
const RESYNCS = 20;
const TABLES = ['merged', 'swapped'] as const;
/** Several tries of a cut-over; a reader that stood behind one of them would wait for so long. */
const REPORT_MS = patient(6_000);

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({
    label: 'cut-over-readers',
    tables: '{ include: ["public.*"], settings: { public.swapped: { load: swap } } }',
  });
  for (const table of TABLES) {
    await scene.sourceSql(`
      create table ${table} (id int primary key, v int not null);
      insert into ${table} select g, 100 from generate_series(1, ${ROWS}) g;`);
  }
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Something that goes on until it is told to end, and then says how it went. */
async function during<T>(
  work: (ended: () => boolean) => Promise<T>,
  meanwhile: () => Promise<void>,
): Promise<T> {
  let over = false;
  const working = work(() => over);
  working.catch(() => undefined);
  try {
    await meanwhile();
  } finally {
    over = true;
  }
  return working;
}

interface Readings {
  readonly wrong: string[];
  readonly slowestMs: number;
  readonly count: number;
}

/** Every row is there in every reading, and what transfers move is never seen half. */
async function readAll(ended: () => boolean): Promise<Readings> {
  const client = await connect(scene.target.url('shop'));
  const wrong: string[] = [];
  let slowestMs = 0;
  let count = 0;
  while (!ended()) {
    for (const table of TABLES) {
      const began = performance.now();
      const sql = `select count(*) || ' ' || sum(v) as seen from ${table}`;
      const seen = await client.query<{ seen: string }>(sql).then(
        ({ rows }) => rows[0]?.seen ?? '',
        (error: unknown) => String(error),
      );
      slowestMs = Math.max(slowestMs, performance.now() - began);
      if (seen !== `${ROWS} ${ROWS * 100}`) wrong.push(`${table}: ${seen}`);
      count += 1;
    }
  }
  await client.end();
  return { wrong, slowestMs, count };
}

async function transfer(ended: () => boolean): Promise<number> {
  const random = generator(5);
  const client = await connect(scene.source.url('shop'));
  let transactions = 0;
  while (!ended()) {
    const [a, b, n] = [random(), random(), random()].map((r) => 1 + Math.floor(r * ROWS));
    for (const table of TABLES) {
      await client.query(
        `begin; update ${table} set v = v - ${n} where id = ${a}; update ${table} set v = v + ${n} where id = ${b}; commit`,
      );
    }
    transactions += 1;
    await new Promise((done) => setTimeout(done, 10));
  }
  await client.end();
  return transactions;
}

async function epochOf(table: string): Promise<{ epoch: number; phase: string }> {
  const [row] = await scene.targetSql<{ epoch: string; phase: string }>(
    `select epoch, phase from sluice.table_state where source_table = '${table}'`,
  );
  return { epoch: Number(row?.epoch), phase: row?.phase ?? '' };
}

let requests = 0;

async function resync(table: string): Promise<() => Promise<void>> {
  const before = await epochOf(table);
  requests += 1;
  await scene.client.commandPipeline(scene.pipeline, 'forceResync', {
    tables: `public.${table}`,
    requestId: `reader-${requests}`,
  });
  return async () => {
    await waitFor(
      `the resync of ${table} is over`,
      async () => {
        const now = await epochOf(table);
        return now.epoch > before.epoch && now.phase === 'streaming';
      },
      { timeoutMs: 90_000, intervalMs: 100 },
    );
  };
}

async function expectEqual(): Promise<void> {
  await scene.caughtUp();
  for (const table of TABLES) {
    await waitFor(`${table} is equal`, async () => {
      const from = await scene.fingerprint('source', table, 'id');
      return from === (await scene.fingerprint(0, table, 'id'));
    });
  }
}

test(`a reader that reads without pause during ${RESYNCS} resyncs sees neither an error nor a part`, async () => {
  let transfers = 0;
  const readings = await during(readAll, async () => {
    transfers = await during(transfer, async () => {
      for (let n = 0; n < RESYNCS / 2; n++) {
        const over = await Promise.all(TABLES.map((table) => resync(table)));
        for (const wait of over) await wait();
      }
    });
  });
  expect(readings.wrong).toEqual([]);
  expect(readings.count).toBeGreaterThan(200);
  expect(transfers).toBeGreaterThan(100);
  await expectEqual();
  expect((await epochOf('merged')).epoch).toBe(1 + RESYNCS / 2);
  expect((await epochOf('swapped')).epoch).toBe(1 + RESYNCS / 2);
});

test('a long report does not hold up a merge, and a swap that waits for it holds up no reader', async () => {
  const report = await connect(scene.target.url('shop'));
  await report.query('begin');
  for (const table of TABLES) await report.query(`select from ${table} limit 1`);
  const readings = await during(readAll, async () => {
    const merged = await resync('merged');
    await merged();
    const before = await epochOf('swapped');
    const swapped = await resync('swapped');
    await waitFor('its rows are copied', async () => {
      const [row] = await scene.targetSql<{ n: string }>(
        `select count(*) n from sluice.chunk c join sluice.table_state t using (table_id, epoch)
          where source_table = 'swapped' and c.state = 'done' and epoch > ${before.epoch}`,
      );
      return Number(row?.n) > 0;
    });
    // Several tries of the cut-over fall into this time.
    const isOver = async () => (await epochOf('swapped')).phase === 'streaming';
    await expectNot('it is over', isOver, { forMs: REPORT_MS });
    await report.query('commit');
    await swapped();
  });
  await report.end();
  expect(readings.wrong).toEqual([]);
  expect(readings.slowestMs).toBeLessThan(REPORT_MS / 2);
  await expectEqual();
});

test('a REPEATABLE READ reader that began before a merge sees every row after it', async () => {
  const reader = await connect(scene.target.url('shop'));
  await reader.query('begin isolation level repeatable read');
  // Its snapshot is taken here, and the table is not touched before the cut-over.
  await reader.query('select from sluice.lane');
  // The copy differs in every row, so that a truncated or exchanged table would be seen.
  await scene.sourceSql('update merged set v = v + 1');
  await (
    await resync('merged')
  )();
  const { rows } = await reader.query<{ seen: string }>(
    `select count(*) || ' ' || sum(v) as seen from merged`,
  );
  expect(rows[0]?.seen).toBe(`${ROWS} ${ROWS * 100}`);
  await reader.query('commit');
  await reader.end();
  await scene.sourceSql('update merged set v = v - 1');
  await expectEqual();
});
