/** consistency: table, through real workflows and a worker that is killed; once for each pair and feed. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laneNumber } from '../../../src/core/feed-kind.js';
import type { Kind } from './ends.js';
import { insertItems, TABLES } from './ends.js';
import { PairScene } from './pair-scene.js';

interface LaneOptions {
  readonly target: Kind;
  readonly feed: 'cdc' | 'changeTracking';
}

const BEGIN: Readonly<Record<Kind, string>> = { sqlserver: 'BEGIN TRAN', postgres: 'BEGIN' };

/** What lanes of their own do for tables of a SQL Server. */
export function laneCases({ target: to, feed }: LaneOptions): void {
  describe(`sqlserver → ${to} by ${feed} with a lane for each table`, () => {
    let scene: PairScene;
    const write = (sql: string): Promise<unknown> => scene.source.sql(sql);

    beforeAll(async () => {
      scene = await PairScene.open({
        source: 'sqlserver',
        target: to,
        feed,
        consistency: 'table',
      });
      await write(TABLES.sqlserver);
      await write(insertItems('sqlserver', 1, 200));
      await scene.startWorker();
    });
    afterAll(async () => scene.close());

    /** @param table 0: the lane of all tables that have none of their own */
    async function runs(table: number): Promise<boolean> {
      const n = laneNumber(feed, table);
      return (await scene.client.laneState({ pipeline: 'shop', target: 'to', n })).running;
    }

    async function include(tables: readonly string[]): Promise<void> {
      const config = await readFile(scene.configPath, 'utf8');
      const list = JSON.stringify(tables);
      await writeFile(scene.configPath, config.replace(/include: \[[^\]]*\]/, `include: ${list}`));
    }

    test('both tables are copied and stream, each in its own lane', async () => {
      await scene.client.startPipeline('shop');
      await scene.streaming();
      await scene.equal('items', 'lines');
      expect(await Promise.all([0, 1, 2].map(runs))).toEqual([false, true, true]);
    });

    test('while rows of one table are locked on the target the other goes on, over a kill too', async () => {
      await scene.target.session(async (sql) => {
        await sql(`${BEGIN[to]}; UPDATE dbo.items SET flag = flag WHERE id = 1;`);
        await write(`
        BEGIN TRAN;
        UPDATE dbo.items SET note = N'later' WHERE id <= 50;
        UPDATE dbo.lines SET text = N'now' WHERE item <= 50;
        COMMIT;`);
        await scene.equal('lines');
        await scene.worker?.kill();
        await scene.startWorker();
        await write(`DELETE FROM dbo.lines WHERE item = 60`);
        await scene.equal('lines');
        await sql('ROLLBACK;');
      });
      await scene.equal('items', 'lines');
    });

    test('a table that is copied again catches up in its own lane', async () => {
      const before = await scene.epochOf('dbo.items');
      await scene.client.commandPipeline('shop', 'forceResync', {
        requestId: 'again',
        tables: 'dbo.items',
      });
      await scene.until('the next epoch has begun', async () => {
        await write(`UPDATE dbo.items SET amount = amount + 1 WHERE id BETWEEN 30 AND 32`);
        return (await scene.epochOf('dbo.items')) > before;
      });
      await write(insertItems('sqlserver', 1_001, 1_020));
      await scene.streaming();
      await scene.equal('items', 'lines');
    });

    test('a table that comes later gets a lane of its own', async () => {
      await write(
        `CREATE TABLE dbo.late (id int NOT NULL PRIMARY KEY); INSERT INTO dbo.late VALUES (1);`,
      );
      await include(['dbo.items', 'dbo.lines', 'dbo.late']);
      await scene.until('the new table streams', async () =>
        (await scene.states()).some((one) => one.slug === 'dbo.late' && one.phase === 'streaming'),
      );
      await write('INSERT INTO dbo.late VALUES (2)');
      await scene.until('its change has come', async () => {
        const rows = await scene.target.sql('SELECT id FROM dbo.late');
        return rows.length === 2;
      });
      expect(await runs(3)).toBe(true);
    });

    test('stop ends every lane, and a start goes on', async () => {
      await scene.client.commandPipeline('shop', 'stop', { requestId: 'end' });
      await scene.until('it has stopped, and no lane runs', async () => {
        const { running } = await scene.client.pipelineState('shop');
        return !running && !(await Promise.all([1, 2, 3].map(runs))).includes(true);
      });
      await write(insertItems('sqlserver', 2_001, 2_003));
      await scene.client.startPipeline('shop');
      await scene.equal('items', 'lines');
    });
  });
}
