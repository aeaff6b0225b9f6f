import type { ColumnMeta, MsType, SqlError, TdsValue } from '../backend.js';
import type { ByteWriter } from './byte-writer.js';
import { ByteWriter as Writer } from './byte-writer.js';
import { namesTable, writeType } from './type-write.js';
import { valueWriter } from './value-write.js';

const token = {
  returnStatus: 0x79,
  colMetadata: 0x81,
  error: 0xaa,
  info: 0xab,
  returnValue: 0xac,
  loginAck: 0xad,
  envChange: 0xe3,
  done: 0xfd,
  doneProc: 0xfe,
  doneInProc: 0xff,
} as const;

export const ROW_TOKEN = 0xd1;

export const doneKind = {
  batch: token.done,
  procedure: token.doneProc,
  inProcedure: token.doneInProc,
} as const;

export const doneStatus = {
  more: 0x01,
  error: 0x02,
  inTransaction: 0x04,
  count: 0x10,
  attention: 0x20,
} as const;

export const SERVER_NAME = 'STANDIN';

/** A token whose length, in two bytes, stands in front of it. */
function lengthFirst(out: ByteWriter, id: number, body: (inner: ByteWriter) => void): void {
  const inner = new Writer(256);
  body(inner);
  out.u8(id);
  out.u16(inner.length);
  out.bytes(inner.take());
}

export function writeMessage(out: ByteWriter, kind: 'error' | 'info', e: SqlError): void {
  lengthFirst(out, token[kind], (inner) => {
    inner.i32(e.number);
    inner.u8(e.state);
    inner.u8(e.level);
    inner.usVarChar(e.message.slice(0, 2048));
    inner.bVarChar(SERVER_NAME);
    inner.bVarChar(e.procName ?? '');
    inner.u32(e.line);
  });
}

const environment = {
  database: 1,
  language: 2,
  packetSize: 4,
} as const;

export function writeTextChange(
  out: ByteWriter,
  what: keyof typeof environment,
  now: string,
  before: string,
): void {
  lengthFirst(out, token.envChange, (inner) => {
    inner.u8(environment[what]);
    inner.bVarChar(now);
    inner.bVarChar(before);
  });
}

const binaryChange = { collation: 7, begun: 8, committed: 9, rolledBack: 10, reset: 18 } as const;

export function writeBinaryChange(
  out: ByteWriter,
  what: keyof typeof binaryChange,
  now: Uint8Array,
  before: Uint8Array,
): void {
  lengthFirst(out, token.envChange, (inner) => {
    inner.u8(binaryChange[what]);
    inner.u8(now.length);
    inner.bytes(now);
    inner.u8(before.length);
    inner.bytes(before);
  });
}

export function writeLoginAck(
  out: ByteWriter,
  tdsVersion: number,
  version: { major: number; minor: number; build: number },
): void {
  lengthFirst(out, token.loginAck, (inner) => {
    inner.u8(1);
    inner.u32be(tdsVersion);
    inner.bVarChar('Microsoft SQL Server');
    inner.u8(version.major);
    inner.u8(version.minor);
    inner.u8(version.build >> 8);
    inner.u8(version.build & 0xff);
  });
}

export function writeDone(out: ByteWriter, kind: number, status: number, rows: number): void {
  out.u8(kind);
  out.u16(status);
  out.u16(0);
  out.u64(BigInt(rows));
}

export function writeReturnStatus(out: ByteWriter, status: number): void {
  out.u8(token.returnStatus);
  out.i32(status);
}

const NULLABLE = 0x01;
const UPDATEABLE = 0x08;
const IDENTITY = 0x10;
const COMPUTED = 0x20;
const TIMESTAMP_USER_TYPE = 80;

function flagsOf(column: ColumnMeta): number {
  return (
    (column.nullable ? NULLABLE : 0) |
    (column.identity === true ? IDENTITY : 0) |
    (column.readOnly === true ? COMPUTED : UPDATEABLE)
  );
}

const userType = (type: MsType): number => (type.name === 'timestamp' ? TIMESTAMP_USER_TYPE : 0);

export function writeColumns(out: ByteWriter, columns: readonly ColumnMeta[]): void {
  out.u8(token.colMetadata);
  out.u16(columns.length);
  for (const column of columns) {
    out.u32(userType(column.type));
    out.u16(flagsOf(column));
    writeType(out, column.type);
    if (namesTable(column.type)) out.u8(0);
    out.bVarChar(column.name);
  }
}

/** The value of an OUTPUT parameter. */
export function writeReturnValue(
  out: ByteWriter,
  ordinal: number,
  column: ColumnMeta,
  value: TdsValue,
): void {
  out.u8(token.returnValue);
  out.u16(ordinal);
  out.bVarChar(column.name);
  out.u8(1);
  out.u32(userType(column.type));
  out.u16(flagsOf(column));
  writeType(out, column.type);
  valueWriter(column.type)(out, value);
}
