import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

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
