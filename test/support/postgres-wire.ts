import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';

/** A frame of the protocol as the server sends it. */
export function frame(type: string, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}

/** A server's side of the socket, of which every chunk is a test's own. */
export class Wire extends Duplex {
  override _read(): void {
    // Tests push.
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  connect(): this {
    setImmediate().then(
      () => this.emit('connect'),
      () => undefined,
    );
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export const READY = frame('Z', Buffer.from('I'));

/** The driver's client, of whose socket the server's side is the test's. */
export function clientOver(wire: Wire): Client {
  const client = new Client({ stream: () => wire, user: 'u', database: 'd' });
  client.on('error', () => undefined);
  return client;
}

/** The server lets the client in. */
export async function logIn(client: Client, wire: Wire): Promise<void> {
  const connecting = client.connect();
  await setImmediate();
  wire.push(Buffer.concat([frame('R', Buffer.alloc(4)), READY]));
  await connecting;
}
