import type { PackedRow } from '../../../core/packed-row.js';
import { CellBounds } from '../../../core/packed-row.js';
import type { ByteReader } from './byte-reader.js';
import { ByteReader as Reader, unreadableMessage } from './byte-reader.js';
import type {
  DeleteMessage,
  PgOutputMessage,
  RelationColumn,
  RelationMessage,
  StreamAbortMessage,
  UpdateMessage,
} from './pgoutput-messages.js';
import { readTuple } from './pgoutput-tuple.js';

/** 2000-01-01 in microseconds since 1970: where PostgreSQL counts from. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

const REPLICA_IDENTITY = new Map<number, RelationMessage['replicaIdentity']>([
  [0x64, 'default'],
  [0x6e, 'nothing'],
  [0x66, 'full'],
  [0x69, 'index'],
]);

type Decode = (reader: ByteReader, xid: number | undefined, bounds: CellBounds) => PgOutputMessage;

/**
 * Decoder of the pgoutput plugin's messages, protocol versions 1 and 2 (PostgreSQL documentation,
 * "Logical Replication Message Formats"). One per connection: between streamStart and streamStop a
 * message carries a transaction id that it does not carry elsewhere.
 */
export class PgOutputDecoder {
  private readonly reader: ByteReader = new Reader();
  private readonly bounds = new CellBounds();

  /** @param streaming whether what comes first is of a transaction that is being streamed */
  constructor(private streaming = false) {}

  get isStreaming(): boolean {
    return this.streaming;
  }

  /** @throws SluiceError FEED_CHANGED for a type or a format that this version does not know */
  decode(buffer: Buffer, start: number, end: number): PgOutputMessage {
    this.reader.reset(buffer, start, end);
    const type = this.reader.uint8();
    const decode = DECODERS.get(type);
    if (decode === undefined) throw unreadableMessage(`an unknown message type (${type})`);
    const xid = this.streaming && CARRY_XID.has(type) ? this.reader.uint32() : undefined;
    const message = decode(this.reader, xid, this.bounds);
    if (message.kind === 'streamStart') this.streaming = true;
    else if (message.kind === 'streamStop') this.streaming = false;
    return message;
  }
}

const decodeInsert: Decode = (reader, xid, bounds) => {
  const relationId = reader.uint32();
  expectPart(reader.uint8(), 'N');
  return { kind: 'insert', xid, relationId, row: readTuple(reader, bounds) };
};

const decodeUpdate: Decode = (reader, xid, bounds): UpdateMessage => {
  const relationId = reader.uint32();
  const part = reader.uint8();
  if (part === partCode('N')) {
    const row = readTuple(reader, bounds);
    return { kind: 'update', xid, relationId, oldKey: null, oldRow: null, row };
  }
  const old = readOld(reader, part, bounds);
  expectPart(reader.uint8(), 'N');
  return { kind: 'update', xid, relationId, ...old, row: readTuple(reader, bounds) };
};

const decodeDelete: Decode = (reader, xid, bounds): DeleteMessage => {
  const relationId = reader.uint32();
  return { kind: 'delete', xid, relationId, ...readOld(reader, reader.uint8(), bounds) };
};

const decodeTruncate: Decode = (reader, xid) => {
  const count = reader.uint32();
  const options = reader.uint8();
  const relationIds: number[] = [];
  for (let index = 0; index < count; index += 1) relationIds.push(reader.uint32());
  const cascade = (options & 1) !== 0;
  return { kind: 'truncate', xid, relationIds, cascade, restartIdentity: (options & 2) !== 0 };
};

const decodeBegin: Decode = (reader) => ({
  kind: 'begin',
  finalLsn: reader.uint64(),
  commitTime: readTime(reader),
  xid: reader.uint32(),
});

const decodeCommit: Decode = (reader) => {
  reader.uint8(); // flags, unused
  const commitLsn = reader.uint64();
  const endLsn = reader.uint64();
  return { kind: 'commit', commitLsn, endLsn, commitTime: readTime(reader) };
};

const decodeRelation: Decode = (reader, xid): RelationMessage => {
  const relationId = reader.uint32();
  const schema = reader.cstring();
  const table = reader.cstring();
  const replicaIdentity = REPLICA_IDENTITY.get(reader.uint8());
  if (replicaIdentity === undefined) throw unreadableMessage('an unknown replica identity');
  const count = reader.int16();
  const columns: RelationColumn[] = [];
  for (let index = 0; index < count; index += 1) columns.push(readColumn(reader));
  return { kind: 'relation', xid, relationId, schema, table, replicaIdentity, columns };
};

const decodeType: Decode = (reader, xid) => ({
  kind: 'type',
  xid,
  typeOid: reader.uint32(),
  schema: reader.cstring(),
  name: reader.cstring(),
});

const decodeMessage: Decode = (reader, xid) => ({
  kind: 'message',
  xid,
  transactional: (reader.uint8() & 1) !== 0,
  messageLsn: reader.uint64(),
  prefix: reader.cstring(),
  content: reader.bytes(reader.int32()),
});

const decodeStreamCommit: Decode = (reader) => {
  const xid = reader.uint32();
  reader.uint8(); // flags, unused
  const commitLsn = reader.uint64();
  const endLsn = reader.uint64();
  return { kind: 'streamCommit', xid, commitLsn, endLsn, commitTime: readTime(reader) };
};

// Protocol version 4 may add a position and a time; only parallel appliers need them.
const decodeStreamAbort: Decode = (reader): StreamAbortMessage => ({
  kind: 'streamAbort',
  xid: reader.uint32(),
  subXid: reader.uint32(),
});

const DECODERS = new Map<number, Decode>([
  [partCode('B'), decodeBegin],
  [partCode('C'), decodeCommit],
  [
    partCode('O'),
    (reader) => ({
      kind: 'origin',
      originLsn: reader.uint64(),
      name: reader.cstring(),
    }),
  ],
  [partCode('R'), decodeRelation],
  [partCode('Y'), decodeType],
  [partCode('I'), decodeInsert],
  [partCode('U'), decodeUpdate],
  [partCode('D'), decodeDelete],
  [partCode('T'), decodeTruncate],
  [partCode('M'), decodeMessage],
  [
    partCode('S'),
    (reader) => ({
      kind: 'streamStart',
      xid: reader.uint32(),
      isFirst: reader.uint8() === 1,
    }),
  ],
  [partCode('E'), () => ({ kind: 'streamStop' })],
  [partCode('c'), decodeStreamCommit],
  [partCode('A'), decodeStreamAbort],
]);

/** Messages that are prefixed with a transaction id while a transaction is streamed. */
const CARRY_XID = new Set(['R', 'Y', 'I', 'U', 'D', 'T', 'M'].map(partCode));

function partCode(letter: string): number {
  return letter.charCodeAt(0);
}

function expectPart(found: number, letter: string): void {
  if (found !== partCode(letter)) throw unreadableMessage(`an unknown part of a row (${found})`);
}

function readOld(
  reader: ByteReader,
  part: number,
  bounds: CellBounds,
): { oldKey: PackedRow | null; oldRow: PackedRow | null } {
  if (part === partCode('K')) return { oldKey: readTuple(reader, bounds), oldRow: null };
  expectPart(part, 'O');
  return { oldKey: null, oldRow: readTuple(reader, bounds) };
}

function readColumn(reader: ByteReader): RelationColumn {
  const isKey = (reader.uint8() & 1) !== 0;
  const name = reader.cstring();
  return { isKey, name, typeOid: reader.uint32(), typeModifier: reader.int32() };
}

function readTime(reader: ByteReader): bigint {
  return reader.int64() + POSTGRES_EPOCH_MICROS;
}
