import { TEXT_FORMAT } from '../../../src/core/cell.js';
import type { PackedRow } from '../../../src/core/packed-row.js';
import type { PgOutputMessage } from '../../../src/engines/postgres/replication/pgoutput-messages.js';
import { UNCHANGED } from '../../../src/core/change.js';

const EPOCH = 946_684_800_000_000n;
const IDENTITY = { default: 'd', nothing: 'n', full: 'f', index: 'i' };

/** The sender's half of the protocol, for round trips. */
export function encodeMessage(message: PgOutputMessage): Buffer {
  switch (message.kind) {
    case 'begin':
      return bytes('B', u64(message.finalLsn), time(message.commitTime), u32(message.xid));
    case 'commit':
      return bytes(
        'C',
        u8(0),
        u64(message.commitLsn),
        u64(message.endLsn),
        time(message.commitTime),
      );
    case 'origin':
      return bytes('O', u64(message.originLsn), text(message.name));
    case 'type':
      return bytes(
        'Y',
        xid(message),
        u32(message.typeOid),
        text(message.schema),
        text(message.name),
      );
    case 'relation':
      return bytes(
        'R',
        xid(message),
        u32(message.relationId),
        text(message.schema),
        text(message.table),
        Buffer.from(IDENTITY[message.replicaIdentity]),
        u16(message.columns.length),
        ...message.columns.flatMap((column) => [
          u8(column.isKey ? 1 : 0),
          text(column.name),
          u32(column.typeOid),
          i32(column.typeModifier),
        ]),
      );
    case 'insert':
      return bytes('I', xid(message), u32(message.relationId), part('N', message.row));
    case 'update':
      return bytes(
        'U',
        xid(message),
        u32(message.relationId),
        ...old(message),
        part('N', message.row),
      );
    case 'delete':
      return bytes('D', xid(message), u32(message.relationId), ...old(message));
    case 'truncate': {
      const options = (message.cascade ? 1 : 0) | (message.restartIdentity ? 2 : 0);
      const ids = message.relationIds.map(u32);
      return bytes('T', xid(message), u32(ids.length), u8(options), ...ids);
    }
    case 'message':
      return bytes(
        'M',
        xid(message),
        u8(message.transactional ? 1 : 0),
        u64(message.messageLsn),
        text(message.prefix),
        u32(message.content.length),
        message.content,
      );
    case 'streamStart':
      return bytes('S', u32(message.xid), u8(message.isFirst ? 1 : 0));
    case 'streamStop':
      return bytes('E');
    case 'streamCommit':
      return bytes(
        'c',
        u32(message.xid),
        u8(0),
        u64(message.commitLsn),
        u64(message.endLsn),
        time(message.commitTime),
      );
    case 'streamAbort':
      return bytes('A', u32(message.xid), u32(message.subXid));
  }
}

function bytes(type: string, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(type), ...parts]);
}

function old(message: { oldKey: PackedRow | null; oldRow: PackedRow | null }): Buffer[] {
  if (message.oldKey !== null) return [part('K', message.oldKey)];
  return message.oldRow === null ? [] : [part('O', message.oldRow)];
}

function part(letter: string, tuple: PackedRow): Buffer {
  const cells = tuple.cells.map((cell, index) => {
    if (cell === null) return Buffer.from('n');
    if (cell === UNCHANGED) return Buffer.from('u');
    return bytes(tuple.formatOf(index) === TEXT_FORMAT ? 't' : 'b', u32(cell.length), cell);
  });
  return bytes(letter, u16(cells.length), ...cells);
}

function xid(message: { xid: number | undefined }): Buffer {
  return message.xid === undefined ? Buffer.alloc(0) : u32(message.xid);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function u8(value: number): Buffer {
  return Buffer.from([value]);
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function i32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function u64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(value);
  return buffer;
}

function time(micros: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(micros - EPOCH);
  return buffer;
}
