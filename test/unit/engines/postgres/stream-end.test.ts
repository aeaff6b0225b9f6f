import { setImmediate } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import { ReplicationStream } from '../../../../src/engines/postgres/replication/replication-stream.js';
import { clientOver, frame, logIn, READY, Wire } from '../../../support/postgres-wire.js';

const COPY_BOTH = frame('W', Buffer.alloc(3));
const COPY_DONE = frame('c');
const COMPLETE = frame('C', Buffer.from('COPY 0\0'));

/** XLogData around one message of pgoutput. */
function change(message: string): Buffer {
  return frame('d', Buffer.concat([Buffer.from('w'), Buffer.alloc(24), Buffer.from(message)]));
}

describe('the end of a change stream', () => {
  let wire: Wire;
  let client: Client;

  beforeEach(async () => {
    wire = new Wire();
    client = clientOver(wire);
    await logIn(client, wire);
  });

  afterEach(() => wire.destroy());

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
