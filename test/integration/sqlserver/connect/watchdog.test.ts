import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';
import { openSlowLine, type SlowLine } from './slow-line.js';
import { patient } from '../../../support/wait-for.js';

const PATIENCE_MS = patient(500);
const VALUE_BYTES = 2_000_000;
/** One value takes four times the patience. */
const SLOW = VALUE_BYTES / ((4 * PATIENCE_MS) / 1_000);
const LOADED_BYTES = 12 * VALUE_BYTES;
const COLUMN = { name: 'v', type: 'varbinary', length: 'max', nullable: true } as const;

let server: TestMsServer;
let database: TestMsDatabase;
let line: SlowLine;
let session: MsSession;
let open: (statementTimeoutMs: number, stalledMs?: number) => Promise<void>;

beforeAll(async () => {
  server = await openSqlServer();
  database = await server.createDatabase('watchdog');
  await database.sql(`
CREATE TABLE dbo.large (id int NOT NULL PRIMARY KEY, v varbinary(max) NULL);
CREATE TABLE dbo.taken (v varbinary(max) NULL);
INSERT INTO dbo.large (id, v) VALUES
  (1, CONVERT(varbinary(max), REPLICATE(CONVERT(varchar(max), 'ab'), ${String(VALUE_BYTES / 2)})));`);
});
afterAll(async () => {
  await database.drop();
  await server.close();
});
beforeEach(async () => {
  line = await openSlowLine(server);
  const connection = { ...connectionTo(server, database.name), port: line.port };
  open = async (statementTimeoutMs, stalledMs = 300_000) => {
    session = await connectMs(connection, 'copy', { statementTimeoutMs, stalledMs });
  };
  await open(PATIENCE_MS);
});
afterEach(async () => {
  await session.close();
  await line.close();
});

async function readLarge(): Promise<number> {
  let bytes = 0;
  for await (const [value] of session.stream('SELECT v FROM dbo.large')) {
    bytes += (value as Buffer).length;
  }
  return bytes;
}

/** As a copy would give them. */
async function* rowsOf(...values: readonly Buffer[]) {
  for (const value of values) yield await Promise.resolve([[value]]);
}

function load(bytes: number): Promise<number> {
  return session.bulkLoad('[dbo].[taken]', [COLUMN], rowsOf(Buffer.alloc(bytes, 7)));
}

describe('a value that takes longer than statementTimeout on its way', () => {
  it('is read while bytes of it come in', async () => {
    line.limit(SLOW);
    expect(await readLarge()).toBe(VALUE_BYTES);
  });

  it('is loaded while bytes of it go out', async () => {
    await session.close();
    await open(8 * PATIENCE_MS);
    // Some MB of it are at once in the buffers of the line, and then nothing leaves for a while.
    line.limit(4 * SLOW);
    expect(await load(LOADED_BYTES)).toBe(1);
  });
});

describe('a server that is silent', () => {
  it('is given up in the middle of a value that is read', async () => {
    line.limit(SLOW);
    const reading = readLarge();
    setTimeout(() => line.limit(0), PATIENCE_MS);
    await expect(reading).rejects.toMatchObject({ kind: 'transient' });
  });

  it('is given up in the middle of a value that is loaded', async () => {
    line.limit(SLOW);
    const loading = load(VALUE_BYTES);
    setTimeout(() => line.limit(0), PATIENCE_MS);
    await expect(loading).rejects.toMatchObject({ kind: 'transient' });
  });

  /** It has begun to take rows; there are more than all buffers hold. */
  function loadThatStops(): Promise<number> {
    line.limit(4 * SLOW);
    setTimeout(() => line.limit(0), PATIENCE_MS);
    const rows = Array.from({ length: 400 }, () => Buffer.alloc(100_000, 7));
    return session.bulkLoad('[dbo].[taken]', [COLUMN], rowsOf(...rows));
  }

  it('is given up when it takes no more rows', async () => {
    await expect(loadThatStops()).rejects.toMatchObject({ kind: 'transient' });
  });

  it('is given up by a load whose statements have no limit', async () => {
    await session.close();
    await open(0, PATIENCE_MS);
    await expect(loadThatStops()).rejects.toMatchObject({ kind: 'transient' });
  });

  it('does not hear that it is to stop: the session ends', async () => {
    await session.close();
    await open(0);
    const loading = loadThatStops();
    setTimeout(() => session.cancel(), 3 * PATIENCE_MS);
    await expect(loading).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('a load that is cancelled', () => {
  it('ends while its source is silent', async () => {
    async function* silent(): AsyncGenerator<readonly (readonly Buffer[])[]> {
      yield await Promise.resolve([[Buffer.alloc(1_000, 7)]]);
      await new Promise(() => undefined);
    }
    const loading = session.bulkLoad('[dbo].[taken]', [COLUMN], silent());
    setTimeout(() => session.cancel(), PATIENCE_MS);
    await expect(loading).rejects.toMatchObject({ kind: 'transient' });
  });
});
