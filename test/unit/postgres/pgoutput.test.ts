import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PgOutputDecoder } from '../../../src/engines/postgres/replication/pgoutput.js';
import type { PgOutputMessage } from '../../../src/engines/postgres/replication/pgoutput-messages.js';
import { UNCHANGED } from '../../../src/core/change.js';
import type { PackedRow } from '../../../src/core/packed-row.js';
import { packed, unpacked } from './packed.js';
import { encodeMessage } from './pgoutput-encoder.js';

const u32 = fc.nat({ max: 2 ** 32 - 1 });
const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const commitTime = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
const name = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
const content = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));

const tuple: fc.Arbitrary<PackedRow> = fc
  .array(
    fc.record({
      cell: fc.oneof(content, fc.constant(null), fc.constant(UNCHANGED)),
      isText: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((columns) =>
    packed(
      columns.map(({ cell }) => cell),
      columns.map(({ isText }) => isText),
    ),
  );

function inTransaction(xid: number | undefined): fc.Arbitrary<PgOutputMessage> {
  const at = { xid: fc.constant(xid), relationId: u32 };
  const old = fc.oneof(
    fc.record({ oldKey: tuple, oldRow: fc.constant(null) }),
    fc.record({ oldKey: fc.constant(null), oldRow: tuple }),
  );
  const none = fc.constant({ oldKey: null, oldRow: null });
  const column = fc.record({ name, typeOid: u32, typeModifier: fc.integer(), isKey: fc.boolean() });
  return fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), ...at, row: tuple }),
    fc
      .tuple(
        fc.record({ kind: fc.constant('update' as const), ...at, row: tuple }),
        fc.oneof(old, none),
      )
      .map(([update, before]) => ({ ...update, ...before })),
    fc
      .tuple(fc.record({ kind: fc.constant('delete' as const), ...at }), old)
      .map(([remove, before]) => ({ ...remove, ...before })),
    fc.record({
      kind: fc.constant('truncate' as const),
      xid: at.xid,
      relationIds: fc.array(u32),
      cascade: fc.boolean(),
      restartIdentity: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('relation' as const),
      ...at,
      schema: name,
      table: name,
      replicaIdentity: fc.constantFrom('default', 'nothing', 'full', 'index'),
      columns: fc.array(column),
    }),
    fc.record({
      kind: fc.constant('type' as const),
      xid: at.xid,
      typeOid: u32,
      schema: name,
      name,
    }),
    fc.record({
      kind: fc.constant('message' as const),
      xid: at.xid,
      transactional: fc.boolean(),
      messageLsn: lsn,
      prefix: name,
      content,
    }),
  );
}

const border: fc.Arbitrary<PgOutputMessage> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), finalLsn: lsn, commitTime, xid: u32 }),
  fc.record({ kind: fc.constant('commit' as const), commitLsn: lsn, endLsn: lsn, commitTime }),
  fc.record({ kind: fc.constant('origin' as const), originLsn: lsn, name }),
  fc.record({ kind: fc.constant('streamAbort' as const), xid: u32, subXid: u32 }),
  fc.record({
    kind: fc.constant('streamCommit' as const),
    xid: u32,
    commitLsn: lsn,
    endLsn: lsn,
    commitTime,
  }),
);

const streamed = fc
  .tuple(u32, fc.boolean())
  .chain(([xid, isFirst]) =>
    fc
      .array(inTransaction(xid))
      .map((changes): PgOutputMessage[] => [
        { kind: 'streamStart', xid, isFirst },
        ...changes,
        { kind: 'streamStop' },
      ]),
  );

const feed = fc
  .array(fc.oneof(streamed, fc.array(fc.oneof(border, inTransaction(undefined)))))
  .map((parts) => parts.flat());

function decodeAll(buffers: readonly Buffer[]): PgOutputMessage[] {
  const decoder = new PgOutputDecoder();
  return buffers.map((buffer) => decoder.decode(buffer, 0, buffer.length));
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

describe('the pgoutput decoder', () => {
  it('reads back every message that a sender can write, in and out of streaming', () => {
    fc.assert(
      fc.property(feed, (messages) => {
        const sent = messages.map(encodeMessage);
        expect(decodeAll(sent).map(unpacked)).toEqual(messages.map(unpacked));
      }),
    );
  });

  it('throws its own error, never another, on any cut or altered message', () => {
    fc.assert(
      fc.property(feed, fc.nat(), fc.nat({ max: 255 }), (messages, at, byte) => {
        const decoder = new PgOutputDecoder();
        for (const message of messages) {
          const buffer = encodeMessage(message);
          const cut = buffer.subarray(0, at % buffer.length);
          const altered = Buffer.from(buffer);
          altered[at % buffer.length] = byte;
          for (const bad of [cut, altered]) {
            try {
              decoder.decode(bad, 0, bad.length);
            } catch (error) {
              expect(error).toMatchObject({ name: 'SluiceError', code: 'FEED_CHANGED' });
            }
          }
        }
      }),
    );
  });

  it('reads the bytes of a real relation and update', () => {
    const relation = hex(`52 00004001 7075626c696300 6974656d00 64 0002
      01 696400 00000017 ffffffff  00 626f647900 00000019 ffffffff`);
    const update = hex(
      '55 00004001 4b 0002 62 00000004 00000064 6e 4e 0002 62 00000004 00000005 75',
    );
    const [first, second] = decodeAll([relation, update]);
    expect(first).toEqual({
      kind: 'relation',
      xid: undefined,
      relationId: 16385,
      schema: 'public',
      table: 'item',
      replicaIdentity: 'default',
      columns: [
        { name: 'id', typeOid: 23, typeModifier: -1, isKey: true },
        { name: 'body', typeOid: 25, typeModifier: -1, isKey: false },
      ],
    });
    expect(second && unpacked(second)).toEqual({
      kind: 'update',
      xid: undefined,
      relationId: 16385,
      oldKey: { cells: [hex('00000064'), null], formats: null },
      oldRow: null,
      row: { cells: [hex('00000005'), UNCHANGED], formats: null },
    });
  });

  it('gives values as views of what it was given', () => {
    const buffer = encodeMessage({
      kind: 'insert',
      xid: undefined,
      relationId: 1,
      row: packed([Buffer.from('value')]),
    });
    const [message] = decodeAll([buffer]);
    const cell = message?.kind === 'insert' ? message.row.cells[0] : undefined;
    expect(Buffer.isBuffer(cell) && cell.buffer).toBe(buffer.buffer);
  });

  it('names an unknown message type', () => {
    expect(() => decodeAll([Buffer.from('z')])).toThrow('unknown message type (122)');
  });
});
