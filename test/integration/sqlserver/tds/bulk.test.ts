import { TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TdsValue } from '../../../support/sqlserver/backend.js';
import { ConnectionCut, SqlError } from '../../../support/sqlserver/backend.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { batch, connect } from './client.js';
import { FakeBackend } from './fake-backend.js';
import { waitFor } from '../../../support/wait-for.js';

const backend = new FakeBackend();
let server: TdsServer;
let connection: Connection;
let loaded: (readonly TdsValue[])[] = [];

async function keep(rows: AsyncIterable<readonly TdsValue[]>): Promise<number> {
  loaded = [];
  for await (const row of rows) loaded.push(row);
  return loaded.length;
}

beforeAll(async () => {
  server = await startTdsServer({ backend });
});
afterAll(() => server.close());
beforeEach(async () => {
  connection = await connect(server);
  backend.bulkLoad = keep;
});
afterEach(() => connection.close());

function load(rows: Iterable<unknown[]> | AsyncIterable<unknown[]>): Promise<number> {
  return new Promise((resolve, reject) => {
    const bulk = connection.newBulkLoad('[dbo].[t]', { keepNulls: true }, (error, count) => {
      if (error == null) resolve(count ?? 0);
      else reject(error);
    });
    bulk.addColumn('n', TYPES.Int, { nullable: false });
    bulk.addColumn('big', TYPES.BigInt, { nullable: true });
    bulk.addColumn('text', TYPES.NVarChar, { nullable: true, length: 100 });
    bulk.addColumn('long', TYPES.NVarChar, { nullable: true, length: Infinity });
    bulk.addColumn('bytes', TYPES.VarBinary, { nullable: true, length: Infinity });
    connection.execBulkLoad(bulk, rows as Iterable<unknown[]>);
  });
}

function* rowsOf(count: number): Generator<unknown[]> {
  for (let n = 0; n < count; n += 1) {
    yield [n, BigInt(n), n % 7 === 0 ? null : `row ${String(n)}`, 'ü'.repeat(n % 50), null];
  }
}

describe('a bulk load', () => {
  it('brings its statement, its columns and 10,000 rows', async () => {
    expect(await load(rowsOf(10_000))).toBe(10_000);
    expect(loaded).toHaveLength(10_000);
    expect(loaded[7]).toEqual([7, '7', null, 'ü'.repeat(7), null]);
    expect(backend.last.calls[0]).toMatch(/^insert bulk \[dbo\]\.\[t\]\(\[n\] int, .*KEEP_NULLS/);
    expect(backend.last.bulkColumns.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['n', false],
      ['big', true],
      ['text', true],
      ['long', true],
      ['bytes', true],
    ]);
  });

  it('takes values of 5 MB', async () => {
    const text = 'ž'.repeat(2_500_000);
    const bytes = Buffer.alloc(5_000_000, 7);
    expect(await load([[1, 1n, 'a', text, bytes]])).toBe(1);
    expect(loaded[0]?.[3] === text).toBe(true);
    expect(bytes.equals(loaded[0]?.[4] as Buffer)).toBe(true);
  });

  it('may be empty', async () => {
    expect(await load([])).toBe(0);
  });

  it('is no faster than the backend takes its rows', async () => {
    let given = 0;
    let reached: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (reached = resolve));
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    backend.bulkLoad = async (rows) => {
      let count = 0;
      for await (const _row of rows) {
        count += 1;
        if (count !== 1) continue;
        reached();
        await gate;
      }
      return count;
    };
    function* source(): Generator<unknown[]> {
      for (; given < 10_000; given += 1) yield [given, 1n, 'x', 'y'.repeat(1000), null];
    }
    const finished = load(source());
    await first;
    let before = -1;
    await waitFor('nothing more is given', () => {
      const stands = given === before;
      before = given;
      return stands;
    });
    expect(given).toBeLessThan(8000);
    goOn();
    expect(await finished).toBe(10_000);
  });

  it('that the backend refuses leaves the connection usable', async () => {
    backend.bulkLoad = async () => {
      throw new SqlError(4816, 'Invalid column type from bcp client for colid 1.');
    };
    await expect(load(rowsOf(5000))).rejects.toMatchObject({ number: 4816 });
    await batch(connection, 'goes on');
  });

  it('that its client takes back is not finished by the backend', async () => {
    let outcome = '';
    backend.bulkLoad = async (rows) => {
      try {
        return await keep(rows);
      } catch (error) {
        outcome = error instanceof Error ? error.message : '';
        throw error;
      }
    };
    async function* broken(): AsyncGenerator<unknown[]> {
      yield* rowsOf(100);
      throw new Error('the source broke');
    }
    await expect(load(broken())).rejects.toThrow('the source broke');
    expect(outcome).toMatch(/took the load back/);
    await batch(connection, 'goes on');
  });

  it('may be cut off in its middle', async () => {
    backend.bulkLoad = async (rows) => {
      let count = 0;
      for await (const _row of rows) {
        count += 1;
        if (count === 50) throw new ConnectionCut('here');
      }
      return count;
    };
    await expect(load(rowsOf(10_000))).rejects.toThrow(/Connection (lost|closed)|ECONNRESET|EPIPE/);
  });
});
