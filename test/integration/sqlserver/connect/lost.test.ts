import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import { SqlError } from '../../../support/sqlserver/backend.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { openCutLine, type CutLine } from '../../../support/cut-line.js';
import { waitFor } from '../../../support/wait-for.js';
import { FakeBackend } from '../tds/fake-backend.js';
import { connectionTo } from './connection-to.js';

const INT = { name: 'int', length: 4, precision: 10, scale: 0, collation: null } as const;
/** More than are read ahead of a consumer, less than the driver has in its buffers then. */
const ROWS = 1_400;
const LOST = { code: 'CONNECTION_LOST' };

let backend: FakeBackend;
let server: TdsServer;
let line: CutLine;
let session: MsSession;

beforeEach(async () => {
  backend = new FakeBackend();
  backend.on('SET LOCK_TIMEOUT -1;\nSELECT CONVERT(int, @@SPID) AS spid;', (_request, sink) => {
    sink.columns([{ name: 'spid', type: INT, nullable: false }]);
    void sink.row([51]);
    sink.done(1);
  });
  server = await startTdsServer({ backend });
  line = await openCutLine({ host: '127.0.0.1', port: server.port });
  session = await connectMs(connectionTo(line.port, { password: () => 'right' }), 'target');
});

afterEach(async () => {
  await session.close();
  await line.close();
  await server.close();
});

describe('rows that are read more slowly than they come', () => {
  /** As many as a consumer has taken when the whole answer has come. */
  async function readSome(): Promise<AsyncIterator<readonly unknown[]>> {
    let answered = false;
    backend.on('SELECT many', async (_request, sink) => {
      sink.columns([{ name: 'n', type: INT, nullable: false }]);
      for (let n = 0; n < ROWS; n += 1) await sink.row([n]);
      sink.done(ROWS);
      answered = true;
    });
    const before = line.sent();
    const rows = session.stream('SELECT many')[Symbol.asyncIterator]();
    await rows.next();
    await waitFor('the whole answer has come', () => answered && line.sent() - before > ROWS * 5);
    return rows;
  }

  async function rest(rows: AsyncIterator<readonly unknown[]>): Promise<void> {
    while ((await rows.next()).done !== true);
    // The driver reads on what it has, row by row.
    for (let turn = 0; turn < ROWS; turn += 1) await setImmediate();
  }

  it('fail when the session is lost, and nothing else does', async () => {
    const rows = await readSome();
    line.reset();
    await waitFor('the loss is seen', () => !session.isOpen());
    await expect(rest(rows)).rejects.toMatchObject(LOST);
    for (let turn = 0; turn < ROWS; turn += 1) await setImmediate();
    await expect(session.batch('SELECT 1')).rejects.toMatchObject(LOST);
  });

  it('fail when the session is closed under them, and nothing else does', async () => {
    const rows = await readSome();
    await session.close();
    await expect(rest(rows)).rejects.toMatchObject(LOST);
    for (let turn = 0; turn < ROWS; turn += 1) await setImmediate();
    await expect(session.batch('SELECT 1')).rejects.toMatchObject(LOST);
  });
});

describe('a bulk load', () => {
  const columns = [
    { name: 'n', type: 'int', nullable: false },
    { name: 'v', type: 'nvarchar', length: 600, nullable: true },
  ] as const;

  async function* endless(): AsyncGenerator<readonly (readonly unknown[])[]> {
    for (let n = 0; ; n += 1) yield await Promise.resolve([[n, 'x'.repeat(500)]]);
  }

  /** Its consumer would wait for it for ever. */
  async function* silentAfter(count: number): AsyncGenerator<readonly (readonly unknown[])[]> {
    for (let n = 0; n < count; n += 1) yield await Promise.resolve([[n, 'x'.repeat(500)]]);
    await new Promise(() => undefined);
  }

  it('ends at once where the session is lost already', async () => {
    await session.close();
    await expect(session.bulkLoad('[t]', columns, endless())).rejects.toMatchObject(LOST);
  });

  it.each([
    ['while more rows are at hand', endless],
    ['while its source is silent', () => silentAfter(400)],
  ])('ends when the session is lost %s', async (_when, rows) => {
    backend.bulkLoad = async (taken) => {
      let count = 0;
      for await (const _row of taken) {
        count += 1;
        if (count === 50) line.reset();
      }
      return count;
    };
    await expect(session.bulkLoad('[t]', columns, rows())).rejects.toMatchObject(LOST);
  });

  it('leaves the session to others when the server refuses its rows', async () => {
    backend.bulkLoad = () => Promise.reject(new SqlError(4816, 'Invalid column type.'));
    async function* rows(): AsyncGenerator<readonly (readonly unknown[])[]> {
      for (let n = 0; n < 1_000; n += 1) yield await Promise.resolve([[n, 'x'.repeat(500)]]);
    }
    const load = session.bulkLoad('[t]', columns, rows());
    await expect(load).rejects.toMatchObject({ vendorCode: '4816' });
    await session.batch('SELECT 1');
  });
});
