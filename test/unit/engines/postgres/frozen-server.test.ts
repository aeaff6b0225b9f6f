import { setImmediate } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endClient } from '../../../../src/engines/postgres/end-client.js';
import { CopyOut } from '../../../../src/engines/postgres/full-sync/copy-out.js';
import { clientOver, frame, logIn, READY, Wire } from '../../../support/postgres-wire.js';
import { expectNot } from '../../../support/wait-for.js';

const STALLED_MS = 60;
const COPY_OUT = frame('H', Buffer.alloc(3));
const ROW = frame('d', Buffer.from('row\n'));
const DONE = Buffer.concat([frame('c'), frame('C', Buffer.from('COPY 1\0')), READY]);

let wire: Wire;
let client: Client;

beforeEach(async () => {
  wire = new Wire();
  client = clientOver(wire);
  await logIn(client, wire);
});

afterEach(() => wire.destroy());

async function readAll(copy: CopyOut): Promise<string> {
  let all = '';
  for await (const part of copy as AsyncIterable<Buffer>) all += part.toString();
  return all;
}

describe('a PostgreSQL server that stands still and keeps its connections', () => {
  it.each([
    ['before the first row', COPY_OUT],
    ['between two rows', Buffer.concat([COPY_OUT, ROW])],
    ['in the middle of a row', Buffer.concat([COPY_OUT, ROW, ROW.subarray(0, 6)])],
  ])('fails a copy that waits for it %s, and frees its connection', async (_when, sent) => {
    const copy = new CopyOut('COPY', 64, STALLED_MS);
    client.query(copy);
    wire.push(Buffer.from(sent));
    await expect(readAll(copy)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    expect(wire.destroyed).toBe(true);
  });

  it('is no matter to a copy whose consumer is behind, nor once all has come', async () => {
    const copy = new CopyOut('COPY', 4, STALLED_MS);
    client.query(copy);
    wire.push(Buffer.concat([COPY_OUT, ROW]));
    await setImmediate();
    const isGone = () => copy.destroyed || wire.destroyed;
    await expectNot('it fails', isGone, { forMs: STALLED_MS * 3 });
    wire.push(Buffer.from(DONE));
    await setImmediate();
    expect(await readAll(copy)).toBe('row\n');
    await expectNot('the session is lost', () => wire.destroyed, { forMs: STALLED_MS * 3 });
  });

  it('does not hold up the end of a session', async () => {
    await endClient(client, STALLED_MS);
    expect(wire.destroyed).toBe(true);
  });
});
