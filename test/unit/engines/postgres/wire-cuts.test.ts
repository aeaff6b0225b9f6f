import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CopyOut } from '../../../../src/engines/postgres/full-sync/copy-out.js';
import { guardParser } from '../../../../src/engines/postgres/guarded-parser.js';
import { clientOver, frame, logIn, READY, Wire } from '../../../support/postgres-wire.js';

const COPY_OUT = frame('H', Buffer.alloc(3));
const DONE = Buffer.concat([frame('c'), frame('C', Buffer.from('COPY 3\0')), READY]);
const NOTICE = frame('N', Buffer.from('SNOTICE\0C00000\0Mhello\0\0'));
const PARAMETER = frame('S', Buffer.from('application_name\0other\0'));
const ERROR = frame('E', Buffer.from('SERROR\0C57014\0Mcanceled\0\0'));
const ROWS = [
  Buffer.from('first\n'),
  Buffer.alloc(0),
  Buffer.from('second\n'),
  Buffer.alloc(40, 65),
];

let wire: Wire;
let client: Client;

async function connected(): Promise<void> {
  wire = new Wire();
  client = clientOver(wire);
  guardParser(client);
  await logIn(client, wire);
}

beforeEach(connected);
afterEach(() => wire.destroy());

/** Gives the bytes in parts that end at these places. */
function pushCut(bytes: Buffer, cuts: readonly number[]): void {
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])];
  places.sort((a, b) => a - b);
  for (const [at, from] of places.entries()) {
    // A buffer of its own, as the network gives it: the copy closes gaps in place.
    const part = Buffer.from(bytes.subarray(from, places[at + 1] ?? bytes.length));
    if (part.length > 0) wire.push(part);
  }
}

function recorded(end: Buffer): Buffer {
  const rows = ROWS.map((row) => frame('d', row));
  const [one = READY, two = READY, three = READY, four = READY] = rows;
  return Buffer.concat([COPY_OUT, one, NOTICE, two, three, PARAMETER, four, end]);
}

async function readAll(copy: CopyOut): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of copy as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

async function isUsable(): Promise<boolean> {
  const next = client.query('SELECT 1');
  wire.push(Buffer.concat([frame('C', Buffer.from('SELECT 0\0')), READY]));
  return (await next).command === 'SELECT';
}

const CUTS = fc.array(fc.nat({ max: 400 }), { maxLength: 60 });

describe('a copy out of PostgreSQL, cut anywhere on its way', () => {
  it('gives the rows, and the driver the rest', async () => {
    const notices = vi.fn();
    client.on('notice', notices);
    await fc.assert(
      fc.asyncProperty(CUTS, async (cuts) => {
        notices.mockClear();
        const copy = new CopyOut('COPY', 64);
        client.query(copy);
        pushCut(recorded(DONE), cuts);
        expect(await readAll(copy)).toEqual(Buffer.concat(ROWS));
        expect(notices).toHaveBeenCalledOnce();
        expect(await isUsable()).toBe(true);
      }),
    );
  });

  it('ends with the error of the server, and the session goes on', async () => {
    await fc.assert(
      fc.asyncProperty(CUTS, async (cuts) => {
        const copy = new CopyOut('COPY', 64);
        client.query(copy);
        pushCut(recorded(Buffer.concat([ERROR, READY])), cuts);
        await expect(readAll(copy)).rejects.toMatchObject({ code: '57014' });
        expect(await isUsable()).toBe(true);
      }),
    );
  });

  it('ends with the connection, wherever that ends', async () => {
    const bytes = recorded(DONE);
    const whole = bytes.length - DONE.length + frame('c').length;
    for (let end = 0; end <= whole; end += 1) {
      const copy = new CopyOut('COPY', 64);
      client.query(copy);
      wire.push(Buffer.from(bytes.subarray(0, end)));
      const reading = expect(readAll(copy)).rejects.toThrow('Connection terminated');
      await setImmediate();
      wire.destroy();
      await reading;
      await connected();
    }
  });
});

describe('an answer that the driver cannot read', () => {
  const UNREADABLE = { code: 'EBADMSG' };

  it('fails the query that waits for it, and nothing else', async () => {
    const failed = expect(client.query('SELECT 1')).rejects.toMatchObject(UNREADABLE);
    // More columns than the message has bytes.
    wire.push(frame('D', Buffer.from([0, 9, 0, 0, 0, 1])));
    await failed;
    await expect(client.query('SELECT 1')).rejects.toThrow('not queryable');
  });

  it('fails a login', async () => {
    wire = new Wire();
    const other = clientOver(wire);
    guardParser(other);
    const failed = expect(other.connect()).rejects.toMatchObject(UNREADABLE);
    await setImmediate();
    wire.push(frame('R', Buffer.from([0, 0, 0, 99])));
    await failed;
  });

  it('fails a copy, behind what came before', async () => {
    const copy = new CopyOut('COPY', 64);
    client.query(copy);
    const reading = expect(readAll(copy)).rejects.toMatchObject(UNREADABLE);
    wire.push(
      Buffer.concat([COPY_OUT, frame('d', Buffer.from('row')), frame('D', Buffer.from([0, 9]))]),
    );
    await reading;
  });
});
