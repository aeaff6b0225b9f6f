/** The worker dies in each step of a copy between two SQL Servers, while the source changes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertItems, TABLES } from '../engines/ends.js';
import { waitFor } from '../../support/wait-for.js';
import { PairScene } from '../engines/pair-scene.js';
import { generator, pause } from './writer.js';

const ROWS = 1_000;
const ROWS_PER_STATEMENT = 250;
const CHUNK_ROWS = 20;
const SEED = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 100_000);

type Spot = 'copy' | 'catch-up' | 'frozen' | 'merged' | 'streaming';

/** Where the worker is killed; the first is in the first copy, each other one in a resync. */
const SPOTS: readonly Spot[] = ['copy', 'copy', 'catch-up', 'frozen', 'merged', 'streaming'];
/** For a machine that is busy with other tests. */
const PATIENCE = { timeoutMs: 300_000, intervalMs: 20 };

const STATE = `
SELECT t.epoch, t.phase, t.cutover_step AS step,
       (SELECT COUNT(*) FROM sluice.chunk AS c
         WHERE c.table_id = t.table_id AND c.epoch = t.epoch) AS chunks,
       (SELECT COUNT(*) FROM sluice.chunk AS c
         WHERE c.table_id = t.table_id AND c.epoch = t.epoch AND c.state = N'done') AS done
  FROM sluice.table_state AS t WHERE t.slug = N'dbo.items'`;

let scene: PairScene;

beforeAll(async () => {
  scene = await PairScene.open({
    ...{ source: 'sqlserver', target: 'sqlserver', feed: 'cdc', chunkRows: CHUNK_ROWS },
  });
  await scene.source.sql(TABLES.sqlserver);
  for (let id = 1; id <= ROWS; id += ROWS_PER_STATEMENT) {
    await scene.source.sql(insertItems('sqlserver', id, id + ROWS_PER_STATEMENT - 1));
  }
});

afterAll(async () => scene.close());

const DONE_CHUNKS = `
SELECT CONCAT(c.epoch, N' ', c.n, N' ', c.fence, N' ', CONVERT(nvarchar(33), c.finished_at, 126)) AS chunk
  FROM sluice.chunk AS c
  JOIN sluice.table_state AS t ON t.table_id = c.table_id AND t.epoch = c.epoch
 WHERE t.slug = N'dbo.items' AND c.state = N'done'`;

/** By whom and when each finished chunk of the copy that is going on was loaded. */
async function doneChunks(): Promise<string[]> {
  return (await scene.target.sql(DONE_CHUNKS)).map(({ chunk }) => String(chunk));
}

/** Batches whose range does not begin where the former ended, or whose fence goes back. */
async function seams(): Promise<unknown[]> {
  const batches = await scene.target.sql(`
SELECT run_id, fence, from_position, to_position FROM sluice.run
 WHERE kind = N'batch' ORDER BY run_id`);
  expect(batches.length).toBeGreaterThan(SPOTS.length);
  return batches.filter((batch, n) => {
    const former = batches[n - 1];
    if (former === undefined) return false;
    return batch.from_position !== former.to_position || Number(batch.fence) < Number(former.fence);
  });
}

interface Seen {
  readonly epoch: number;
  readonly spot: Spot | null;
}

async function look(): Promise<Seen> {
  const [row] = await scene.target.sql(STATE).catch(() => []);
  const epoch = Number(row?.epoch ?? 0);
  const [done, chunks] = [Number(row?.done ?? 0), Number(row?.chunks ?? 0)];
  if (row?.step === 'frozen' || row?.step === 'merged') return { epoch, spot: row.step };
  if (row?.phase === 'streaming') return { epoch, spot: 'streaming' };
  if (done > 0 && done < chunks) return { epoch, spot: 'copy' };
  return { epoch, spot: chunks > 0 && done === chunks ? 'catch-up' : null };
}

/** Whether the table was seen there; it may have gone through it between two looks. */
async function reach(spot: Spot, epoch: number): Promise<boolean> {
  let seen = await look();
  const there = async () => {
    seen = await look();
    return seen.epoch >= epoch && (seen.spot === spot || seen.spot === 'streaming');
  };
  await waitFor(`the items are at ${spot} or beyond`, there, PATIENCE);
  return seen.spot === spot;
}

/** Changes of one session until it is told to stop; each batch is one or more transactions. */
async function write(random: () => number, stopped: () => boolean): Promise<number> {
  return scene.source.session(async (sql) => {
    let batches = 0;
    for (; !stopped(); batches += 1) {
      const id = 1 + Math.floor(random() * ROWS);
      const fresh = 100_000 + batches * 2;
      const kinds = [
        `UPDATE dbo.items SET amount = amount + 1, note = N'${batches}' WHERE id = ${id}`,
        `UPDATE dbo.lines SET text = N't${batches}' WHERE item = ${id}`,
        `DELETE FROM dbo.items WHERE id = ${id}`,
        `UPDATE dbo.items SET id = id + 1000000 WHERE id = ${id}`,
        insertItems('sqlserver', fresh, fresh + 1),
        `BEGIN TRAN; DELETE FROM dbo.lines WHERE item = ${id};
         UPDATE dbo.items SET name = N'both' WHERE id = ${id}; COMMIT`,
        `BEGIN TRAN; DELETE FROM dbo.items WHERE id < 50; ROLLBACK`,
      ];
      await sql(kinds[Math.floor(random() * kinds.length)] ?? '');
      await pause(50);
    }
    return batches;
  });
}

test(`a worker killed in each step of a copy loses and repeats nothing (seed ${SEED})`, async () => {
  const random = generator(SEED);
  let stopped = false;
  await scene.startWorker();
  await scene.client.startPipeline('shop');
  await waitFor('the first copy has begun', async () => (await look()).epoch > 0, PATIENCE);
  const writing = write(generator(SEED + 1), () => stopped);
  writing.catch(() => undefined);
  const reached = new Set<Spot>();
  let finished: string[] = [];
  for (const [kill, spot] of SPOTS.entries()) {
    const { epoch } = await look();
    if (kill > 0) {
      await reach('streaming', epoch);
      expect(await doneChunks()).toEqual(expect.arrayContaining(finished));
      const command = { tables: 'dbo.items', requestId: `again-${kill}` };
      await scene.client.commandPipeline('shop', 'forceResync', command);
    }
    if (await reach(spot, kill > 0 ? epoch + 1 : epoch)) reached.add(spot);
    await pause(random() * 100);
    await scene.worker?.kill();
    finished = await doneChunks();
    await scene.startWorker();
  }
  stopped = true;
  expect(await writing).toBeGreaterThan(50);
  await scene.streaming();
  await scene.equal('items', 'lines');
  expect(await seams()).toEqual([]);
  expect([...reached]).toEqual(expect.arrayContaining(['copy', 'streaming']));
});
