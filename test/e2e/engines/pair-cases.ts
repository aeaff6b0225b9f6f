import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertItems, TABLES } from './ends.js';
import type { PairOptions } from './pair-scene.js';
import { PairScene } from './pair-scene.js';

const ROWS = 2_000;
const ROWS_PER_STATEMENT = 250;

/** What every pair of engines has to do, through real workflows; run once for each pair and feed. */
export function pairCases(options: PairOptions): void {
  const { source: from, target: to, feed } = options;
  const rights = options.leastRights === true ? ' with least rights' : '';
  describe(`${from} → ${to} by ${feed}${rights}`, () => {
    let scene: PairScene;
    const write = (sql: string): Promise<unknown> => scene.source.sql(sql);

    beforeAll(async () => {
      scene = await PairScene.open(options);
      await write(TABLES[from]);
      for (let id = 1; id <= ROWS; id += ROWS_PER_STATEMENT) {
        await write(insertItems(from, id, id + ROWS_PER_STATEMENT - 1));
      }
      if (options.leastRights === true) await scene.source.follow(feed);
      await scene.startWorker();
    });
    afterAll(async () => scene.close());

    test('an empty target gets the tables with all their rows', async () => {
      await scene.client.startPipeline('shop');
      await scene.streaming();
      await scene.equal('items', 'lines');
      expect(await scene.target.lines('items')).toHaveLength(ROWS);
    });

    test('inserts, updates, deletes, changes of keys and transactions arrive', async () => {
      await write(insertItems(from, 5_001, 5_003));
      await write(`UPDATE dbo.items SET amount = amount + 1, note = 'changed' WHERE id <= 100`);
      await write(`DELETE FROM dbo.lines WHERE item BETWEEN 50 AND 60`);
      await write(`UPDATE dbo.items SET id = id + 100000 WHERE id BETWEEN 201 AND 210`);
      await write(`UPDATE dbo.items SET name = NULL, data = NULL WHERE id = 5001`);
      await write(`DELETE FROM dbo.items WHERE id = 5002`);
      await scene.equal('items', 'lines');
    });

    test('a resync while rows change ends equal, with another epoch', async () => {
      const before = await scene.epochOf('dbo.items');
      await scene.client.commandPipeline('shop', 'forceResync', {
        requestId: 'again',
        tables: 'dbo.items',
      });
      await scene.until('the next epoch has begun', async () => {
        await write(`UPDATE dbo.items SET amount = amount + 1 WHERE id BETWEEN 300 AND 320`);
        return (await scene.epochOf('dbo.items')) > before;
      });
      for (let n = 0; n < 10; n += 1) {
        await write(`UPDATE dbo.items SET note = 'round ${n}' WHERE id % 10 = ${n}`);
      }
      await scene.streaming();
      await scene.equal('items', 'lines');
    });

    test('a worker that is killed in the middle loses nothing and doubles nothing', async () => {
      for (let round = 0; round < 3; round += 1) {
        await write(insertItems(from, 7_000 + round * 100, 7_050 + round * 100));
        await write(`UPDATE dbo.lines SET text = 'k${round}' WHERE n = 1`);
        await scene.worker?.kill();
        await write(`DELETE FROM dbo.items WHERE id = ${7_010 + round * 100}`);
        await scene.startWorker();
      }
      await scene.equal('items', 'lines');
    });

    test('a paused table keeps its changes until it goes on', async () => {
      await scene.client.commandPipeline('shop', 'pause', {
        requestId: 'rest',
        tables: 'dbo.lines',
      });
      await scene.until('it is paused', async () =>
        (await scene.states()).some((one) => one.slug === 'dbo.lines' && one.phase === 'paused'),
      );
      await write(`UPDATE dbo.lines SET text = 'parked' WHERE item = 7`);
      await write(insertItems(from, 9_001, 9_002));
      await scene.equal('items');
      await scene.client.commandPipeline('shop', 'resume', {
        requestId: 'go-on',
        tables: 'dbo.lines',
      });
      await scene.streaming();
      await scene.equal('lines');
    });

    test('verification passes, and names a row that was changed behind its back', async () => {
      await verify('first');
      expect(await verdict()).toBe('passed');
      await scene.target.sql(`UPDATE dbo.items SET note = 'x' WHERE id = 400`);
      await verify('second');
      expect(await verdict()).toBe('failed');
    });

    async function verify(requestId: string): Promise<void> {
      const before = await count();
      await scene.client.commandPipeline('shop', 'verify', { requestId, tables: 'dbo.items' });
      await scene.until('it was verified', async () => (await count()) > before);
    }

    async function count(): Promise<number> {
      const rows = await scene.target.sql(
        `SELECT count(*) AS n FROM sluice.verification WHERE scope = 'full' AND result <> 'running'`,
      );
      return Number(rows[0]?.n ?? 0);
    }

    async function verdict(): Promise<unknown> {
      const rows = await scene.target.sql(
        `SELECT result FROM sluice.verification
          WHERE verification_id = (SELECT max(verification_id) FROM sluice.verification
                                    WHERE scope = 'full')`,
      );
      return rows[0]?.result;
    }
  });
}
