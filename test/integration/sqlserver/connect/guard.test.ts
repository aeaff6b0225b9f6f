import { createServer, Socket } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsConnection } from '../../../../src/engines/sqlserver/connect.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { FakeBackend } from '../tds/fake-backend.js';
import { connectionTo } from './connection-to.js';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function fakeServer(): Promise<{ backend: FakeBackend; connection: MsConnection }> {
  const backend = new FakeBackend();
  backend.on('SET LOCK_TIMEOUT -1;\nSELECT CONVERT(int, @@SPID) AS spid;', (_request, sink) => {
    const type = { name: 'int', length: 4, precision: 10, scale: 0, collation: null } as const;
    sink.columns([{ name: 'spid', type, nullable: false }]);
    void sink.row([51]);
    sink.done(1);
  });
  const server = await startTdsServer({ backend });
  closing.push(() => server.close());
  return { backend, connection: connectionTo(server.port, { password: () => 'right' }) };
}

/** Between client and server, changing what the server says from some point on. */
async function proxyTo(port: number, change: (part: Buffer) => Buffer): Promise<number> {
  const sockets = new Set<Socket>();
  const proxy: Server = createServer((client) => {
    const server = new Socket();
    server.connect(port, '127.0.0.1');
    sockets.add(client).add(server);
    client.on('error', () => server.destroy()).on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(server);
    server.on('data', (part: Buffer) => client.write(change(part)));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => proxy.close(resolve));
  });
  return (proxy.address() as AddressInfo).port;
}

describe('an answer that the driver cannot read', () => {
  it('fails the request and its session, and nothing else', async () => {
    const { connection } = await fakeServer();
    let spoil = false;
    const port = await proxyTo(connection.port, (part) => {
      if (!spoil) return part;
      // The token after the packet's header becomes one that does not exist.
      const spoilt = Buffer.from(part);
      spoilt[8] = 0x01;
      return spoilt;
    });
    const session = await connectMs({ ...connection, port }, 'target');
    spoil = true;
    await expect(session.batch('SELECT 1')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(session.isOpen()).toBe(false);
    await expect(session.batch('SELECT 1')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('ends a login in time', async () => {
    const { connection } = await fakeServer();
    let answers = 0;
    const port = await proxyTo(connection.port, (part) => {
      answers += 1;
      if (answers === 1) return part;
      const spoilt = Buffer.from(part);
      spoilt[8] = 0x01;
      return spoilt;
    });
    const opening = connectMs({ ...connection, port, connectTimeoutMs: 2_000 }, 'target');
    await expect(opening).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('a session', () => {
  it('is refused with the number of the server’s reason', async () => {
    const { connection } = await fakeServer();
    const wrong = connectMs({ ...connection, password: () => 'wrong' }, 'target');
    await expect(wrong).rejects.toMatchObject({ code: 'LOGIN_REFUSED', vendorCode: '18456' });
    const absent = connectMs({ ...connection, database: 'absent' }, 'target');
    await expect(absent).rejects.toMatchObject({ code: 'DATABASE_MISSING', vendorCode: '4060' });
  });

  it('reads its password at every connect', async () => {
    const { connection } = await fakeServer();
    const passwords = ['wrong', 'right'];
    const rotating = { ...connection, password: () => passwords.shift() ?? '' };
    await expect(connectMs(rotating, 'target')).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
    await (await connectMs(rotating, 'target')).close();
  });

  it('is not made in the clear where encryption was asked for', async () => {
    const { backend, connection } = await fakeServer();
    for (const mode of ['require', 'verifyCa', 'verifyFull'] as const) {
      const opening = connectMs({ ...connection, tls: { mode } }, 'target');
      await expect(opening).rejects.toMatchObject({ code: 'TLS_REFUSED' });
    }
    expect(backend.sessions).toHaveLength(0);
    await (await connectMs({ ...connection, tls: { mode: 'prefer' } }, 'target')).close();
  });

  it('says that a server is not there', async () => {
    const { connection } = await fakeServer();
    const nobody = connectMs({ ...connection, port: 1 }, 'target');
    await expect(nobody).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });
});
