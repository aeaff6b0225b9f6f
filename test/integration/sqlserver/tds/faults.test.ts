import { TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withFaults } from '../../../support/sqlserver/feeds/faults/faulty-backend.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { batch, connect } from './client.js';
import { FakeBackend } from './fake-backend.js';

const backend = new FakeBackend();
const GONE = /Connection (lost|closed)|ECONNRESET|EPIPE/;
let server: TdsServer;
let connection: Connection;

beforeAll(async () => {
  server = await startTdsServer({ backend: withFaults(backend) });
});
afterAll(() => server.close());
beforeEach(async () => {
  connection = await connect(server);
});
afterEach(() => connection.close());

const arm = (fault: object): Promise<unknown> =>
  batch(connection, `EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);

describe('a fault', () => {
  it('is an error on the n-th statement that matches, once', async () => {
    await arm({ kind: 'error', match: '^insert', nth: 2, number: 1205, level: 13 });
    await batch(connection, 'INSERT one');
    await batch(connection, 'SELECT 1');
    await expect(batch(connection, 'INSERT two')).rejects.toMatchObject({ number: 1205 });
    await batch(connection, 'INSERT three');
  });

  it('goes on until it is cleared', async () => {
    await arm({ kind: 'error', match: '^insert', times: 1000, number: 9002 });
    await expect(batch(connection, 'INSERT one')).rejects.toMatchObject({ number: 9002 });
    await expect(batch(connection, 'INSERT two')).rejects.toMatchObject({ number: 9002 });
    await batch(connection, 'EXEC standin.clear_faults');
    await batch(connection, 'INSERT three');
  });

  it('cuts the connection in the middle of a bulk load', async () => {
    await arm({ kind: 'cutBulk', match: '\\[t\\]', afterBytes: 5000 });
    const load = new Promise((resolve, reject) => {
      const bulk = connection.newBulkLoad('[t]', (error, count) =>
        error == null ? resolve(count) : reject(error),
      );
      bulk.addColumn('a', TYPES.NVarChar, { nullable: true, length: 100 });
      connection.execBulkLoad(
        bulk,
        Array.from({ length: 1000 }, () => ['some text']),
      );
    });
    await expect(load).rejects.toThrow(GONE);
  });

  it('loses the answer to a commit that was made', async () => {
    await arm({ kind: 'loseCommit', match: 'into here' });
    await new Promise<void>((resolve, reject) =>
      connection.beginTransaction((error) => (error == null ? resolve() : reject(error))),
    );
    await batch(connection, 'INSERT INTO here');
    const commit = new Promise<void>((resolve, reject) =>
      connection.commitTransaction((error) => (error == null ? resolve() : reject(error))),
    );
    await expect(commit).rejects.toThrow(GONE);
    expect(backend.last.calls).toContain('commit');
  });
});
