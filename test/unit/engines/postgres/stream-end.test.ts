import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import { ReplicationStream } from '../../../../src/engines/postgres/replication/replication-stream.js';

/** A frame of the protocol as the server sends it. */
function frame(type: string, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}

const AUTHENTICATED = frame('R', Buffer.alloc(4));
const READY = frame('Z', Buffer.from('I'));
const COPY_BOTH = frame('W', Buffer.alloc(3));
const COPY_DONE = frame('c');
const COMPLETE = frame('C', Buffer.from('COPY 0\0'));

/** XLogData around one message of pgoutput. */
function change(message: string): Buffer {
  return frame('d', Buffer.concat([Buffer.from('w'), Buffer.alloc(24), Buffer.from(message)]));
}

/** A server's side of the socket, of which every chunk is a test's own. */
class Wire extends Duplex {
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

describe('the end of a change stream', () => {
  let wire: Wire;
  let client: Client;
  const uncaught = vi.fn<(error: Error) => void>();

  beforeEach(async () => {
    wire = new Wire();
    client = new Client({ stream: () => wire, user: 'u', database: 'd' });
    client.on('error', uncaught);
    const connecting = client.connect();
    await setImmediate();
    wire.push(AUTHENTICATED);
    wire.push(READY);
    await connecting;
  });

  afterEach(() => {
    wire.destroy();
    uncaught.mockReset();
  });

  async function startedStream(maxQueuedBytes: number): Promise<ReplicationStream> {
    const stream = new ReplicationStream({
      command: 'START_REPLICATION',
      from: LSN_NONE,
      statusIntervalMs: 60_000,
      maxQueuedBytes,
      maxBatchBytes: 1_000,
      toError: (thrown) => new SluiceError('CONNECTION_LOST', String(thrown)),
    });
    client.query(stream);
    wire.push(COPY_BOTH);
    await stream.started;
    return stream;
  }

  it('passes over what a server still sends of a transaction after it has ended the copy', async () => {
    const stream = await startedStream(1_000);
    const finished = stream.finish(1_000);
    for (const chunk of [change('B'), COPY_DONE, change('B'), change('B'), COMPLETE, READY]) {
      wire.push(chunk);
      await setImmediate();
    }
    expect(await finished).toBe(true);
    const next = client.query('SELECT 1');
    wire.push(Buffer.concat([COMPLETE, READY]));
    expect((await next).command).toBe('COPY');
  });

  it('gives the driver nothing of a copy that it breaks off', async () => {
    const stream = await startedStream(10);
    wire.push(change('?'));
    await setImmediate();
    wire.push(change('B'));
    await expect(stream.nextBatch()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await setImmediate();
    await setImmediate();
    expect(await stream.finish(1_000)).toBe(true);
  });
});
