import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { forkLane, stopLane } from '../../../../bench/support/lane-child.js';
import { prepareLane } from '../../../../bench/support/prepare-lane.js';
import { openBenchSqlServer } from '../../../../bench/support/sqlserver/server.js';
import type { BenchSqlServer } from '../../../../bench/support/sqlserver/server.js';
import {
  capturedRows,
  copyRowsSql,
  createTable,
  fillTable,
  TABLE,
  tableSums,
} from '../../../../bench/support/sqlserver/table.js';
import { patient, waitFor } from '../../../support/wait-for.js';

const FIRST_ROWS = 1_000;
/** That often the rows are doubled, all in one transaction. */
const DOUBLINGS = 6;
const CHANGES = (FIRST_ROWS << DOUBLINGS) - FIRST_ROWS;
/** Tried: with all rows of the transaction in one page it is not enough. */
const HEAP_MB = 96;
const SLOW = { timeoutMs: 300_000, intervalMs: 250 };

let server: BenchSqlServer;
beforeAll(async () => {
  server = await openBenchSqlServer();
});
afterAll(async () => server.close());

async function newTable(label: string): Promise<string> {
  const database = await server.newDatabase(label);
  await createTable(server, database);
  await fillTable(server, database, FIRST_ROWS);
  return database;
}

async function rowsOf(database: string): Promise<number> {
  const [row] = await server.sql(database, 'SELECT COUNT(*) AS n FROM dbo.items');
  return Number(row?.n);
}

describe('a lane in a process of its own that follows Change Data Capture', () => {
  it(
    `takes one transaction of ${String(CHANGES)} rows with a heap of ${String(HEAP_MB)} MB`,
    async () => {
      const { address } = server;
      const [sourceDb, targetDb] = [await newTable('huge'), await newTable('taken')];
      const places = { source: address, sourceDb, target: address, targetDb };
      const job = await prepareLane({ ...places, table: TABLE });
      const inserts = Array.from({ length: DOUBLINGS }, (_, n) =>
        copyRowsSql('id > 0', FIRST_ROWS << n),
      );
      await server.sql(sourceDb, `BEGIN TRANSACTION;\n${inserts.join(';\n')};\nCOMMIT;`);
      const all = async () => (await capturedRows(server, sourceDb)) === CHANGES;
      await waitFor('all of it is captured', all, SLOW);
      const lane = await forkLane('sqlserver', [`--max-old-space-size=${String(HEAP_MB)}`]);
      onTestFinished(() => void lane.kill());
      lane.send(job);
      const there = async () => (await rowsOf(targetDb)) === FIRST_ROWS + CHANGES;
      const ended = once(lane, 'exit').then(() => Promise.reject(new Error('The lane ended.')));
      await Promise.race([waitFor('all of it is there', there, SLOW), ended]);
      await stopLane(lane);
      expect(await tableSums(server, targetDb)).toBe(await tableSums(server, sourceDb));
    },
    patient(600_000),
  );
});
