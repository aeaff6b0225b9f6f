import { ISOLATION_LEVEL, Request, TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqlError } from '../../../support/sqlserver/backend.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { batch, connect, perform } from './client.js';
import { FakeBackend } from './fake-backend.js';
import { column, type } from './types.js';

const int = type('int', { length: 4 });
const backend = new FakeBackend();
let server: TdsServer;
let connection: Connection;

beforeAll(async () => {
  server = await startTdsServer({ backend });
});
afterAll(() => server.close());
beforeEach(async () => {
  connection = await connect(server);
});
afterEach(() => connection.close());

describe('a batch', () => {
  it('answers several result sets with their counts', async () => {
    backend.on('two sets', (_request, sink) => {
      sink.columns([column('a', int)]);
      void sink.row([1]);
      void sink.row([2]);
      sink.done(2);
      sink.done(5);
      sink.columns([column('b', int), column('c', int)]);
      void sink.row([3, null]);
      sink.done(1);
    });
    const answer = await batch(connection, 'two sets');
    expect(answer.names).toEqual([['a'], ['b', 'c']]);
    expect(answer.results).toEqual([[[1], [2]], [[3, null]]]);
    expect(answer.rowCount).toBe(8);
  });

  it('ends with an error that keeps its number, state, level and line', async () => {
    backend.on('fails', (_request, sink) => {
      sink.error(new SqlError(547, 'a conflict', { state: 3, level: 16, line: 7 }));
    });
    await expect(batch(connection, 'fails')).rejects.toMatchObject({
      number: 547,
      state: 3,
      class: 16,
      lineNumber: 7,
      message: 'a conflict',
    });
    await batch(connection, 'goes on');
  });

  it('ends the connection after an error of level 20', async () => {
    backend.on('dies', (_request, sink) => sink.error(new SqlError(596, 'killed', { level: 21 })));
    const ended = new Promise((resolve) => connection.once('end', resolve));
    await expect(batch(connection, 'dies')).rejects.toMatchObject({ number: 596 });
    await ended;
  });

  it('that makes the backend itself fail is answered with 99999', async () => {
    backend.on('breaks', () => {
      throw new Error('a bug');
    });
    await expect(batch(connection, 'breaks')).rejects.toMatchObject({ number: 99999 });
  });

  it('tells of changes of database and transaction', async () => {
    const names: string[] = [];
    connection.on('databaseChange', (name: string) => names.push(name));
    backend.on('use other', (_request, sink) => {
      sink.database('other');
      sink.transaction('begun');
      sink.done(null);
    });
    await batch(connection, 'use other');
    expect(names).toEqual(['other']);
    expect((connection as unknown as { inTransaction: boolean }).inTransaction).toBe(true);
  });
});

describe('a procedure', () => {
  it('sp_executesql brings text and parameters, and returns OUTPUT values', async () => {
    backend.on('SELECT @a, @b', (_request, sink) => {
      sink.columns([column('x', int)]);
      void sink.row([1]);
      sink.done(1);
      sink.returnValue('@out', column('@out', int), 42);
    });
    const answer = await perform(
      'SELECT @a, @b',
      (request) => connection.execSql(request),
      (request) => {
        request.addParameter('a', TYPES.Int, 5);
        request.addParameter('b', TYPES.NVarChar, 'ü');
        request.addOutputParameter('out', TYPES.Int);
      },
    );
    expect(answer.results).toEqual([[[1]]]);
    expect(answer.returned).toEqual({ out: 42 });
    const params = backend.last.requests.at(-1)?.params ?? [];
    expect(params.map(({ name, value, output }) => [name, value, output])).toEqual([
      ['@a', 5, false],
      ['@b', 'ü', false],
      ['@out', null, true],
    ]);
  });

  it('can be prepared, executed twice and given back', async () => {
    backend.on('SELECT @n', (request, sink) => {
      sink.columns([column('n', int)]);
      void sink.row([request.params[0]?.value ?? null]);
      sink.done(1);
    });
    const seen: unknown[] = [];
    const request = new Request('SELECT @n', () => undefined);
    request.addParameter('n', TYPES.Int, undefined);
    request.on('row', (columns: { value: unknown }[]) => seen.push(columns[0]?.value));
    const done = (start: () => void): Promise<void> =>
      new Promise((resolve, reject) => {
        request.callback = (error?: Error | null) => (error == null ? resolve() : reject(error));
        start();
      });
    await done(() => connection.prepare(request));
    await done(() => connection.execute(request, { n: 1 }));
    await done(() => connection.execute(request, { n: 2 }));
    await done(() => connection.unprepare(request));
    expect(seen).toEqual([1, 2]);
    await expect(done(() => connection.execute(request, { n: 3 }))).rejects.toMatchObject({
      number: 8179,
    });
  });

  it('by name becomes an EXEC of its parameters', async () => {
    await perform(
      'sys.sp_cdc_enable_table',
      (request) => connection.callProcedure(request),
      (request) => {
        request.addParameter('source_schema', TYPES.NVarChar, 'dbo');
        request.addOutputParameter('n', TYPES.Int);
      },
    );
    expect(backend.last.requests.at(-1)?.text).toBe(
      'EXEC sys.sp_cdc_enable_table @source_schema = @source_schema, @n = @n OUTPUT',
    );
  });
});

describe('a transaction', () => {
  const done = (start: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => start((error) => (error == null ? resolve() : reject(error))));
  const isOpen = (): boolean => (connection as unknown as { inTransaction: boolean }).inTransaction;

  it('begins with its isolation level, saves, and commits', async () => {
    await done((callback) => connection.beginTransaction(callback, 't', ISOLATION_LEVEL.SNAPSHOT));
    expect(isOpen()).toBe(true);
    await done((callback) => connection.saveTransaction(callback, 's'));
    await done((callback) => connection.commitTransaction(callback));
    expect(isOpen()).toBe(false);
    expect(backend.last.calls).toEqual(['begin 5 t', 'save s', 'commit']);
  });

  it('rolls back, and says so when there is none', async () => {
    await done((callback) => connection.beginTransaction(callback));
    await done((callback) => connection.rollbackTransaction(callback));
    expect(isOpen()).toBe(false);
    await expect(done((callback) => connection.commitTransaction(callback))).rejects.toMatchObject({
      number: 3902,
    });
  });

  it('is rolled back by a reset of the connection', async () => {
    await done((callback) => connection.beginTransaction(callback));
    await new Promise<void>((resolve, reject) =>
      connection.reset((error) => (error == null ? resolve() : reject(error))),
    );
    expect(isOpen()).toBe(false);
    expect(backend.last.calls.at(-1)).toBe('reset');
  });
});

describe('an attention', () => {
  it('stops a result in its middle and leaves the connection usable', async () => {
    let sent = 0;
    backend.on('endless', async (request, sink) => {
      sink.columns([column('n', int)]);
      for (; !request.signal.aborted; sent += 1) {
        await sink.row([sent]);
        if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      sink.done(sent);
    });
    const error = await new Promise((resolve) => {
      const request = new Request('endless', resolve);
      request.once('row', () => connection.cancel());
      connection.execSqlBatch(request);
    });
    expect(error).toMatchObject({ code: 'ECANCEL' });
    expect(sent).toBeGreaterThan(0);
    await batch(connection, 'goes on');
  });

  it('stops a statement that has not answered yet', async () => {
    let reached: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    backend.on('waits', async (request) => {
      reached();
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
    });
    const error = new Promise((resolve) => {
      const request = new Request('waits', resolve);
      connection.execSqlBatch(request);
    });
    await waiting;
    connection.cancel();
    expect(await error).toMatchObject({ code: 'ECANCEL' });
    await batch(connection, 'goes on');
  });
});

describe('a reader that stops reading', () => {
  it('makes the backend wait', async () => {
    let sent = 0;
    backend.on('large', async (_request, sink) => {
      sink.columns([column('t', type('nvarchar', { length: 2000 }))]);
      for (; sent < 20_000; sent += 1) await sink.row(['x'.repeat(1000)]);
      sink.done(sent);
    });
    let rows = 0;
    await new Promise<void>((resolve, reject) => {
      const request = new Request('large', (error) => (error == null ? resolve() : reject(error)));
      request.on('row', () => {
        rows += 1;
        if (rows !== 10) return;
        request.pause();
        setTimeout(() => {
          expect(sent).toBeLessThan(10_000);
          request.resume();
        }, 200);
      });
      connection.execSqlBatch(request);
    });
    expect(rows).toBe(20_000);
  });
});
