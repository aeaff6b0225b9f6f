import type { RpcParam } from '../backend.js';
import { ByteReader } from './byte-reader.js';
import { skipHeaders } from './headers.js';
import { readType } from './type-read.js';
import { parameterReader } from './value-read.js';

/** A procedure that a client calls, by name or by one of the numbers that some have. */
export interface ProcedureCall {
  readonly name: string;
  readonly params: readonly RpcParam[];
}

const NUMBERED = 0xffff;
const BY_REFERENCE = 0x01;
const numbers: Readonly<Record<number, string>> = {
  10: 'sp_executesql',
  11: 'sp_prepare',
  12: 'sp_execute',
  13: 'sp_prepexec',
  15: 'sp_unprepare',
};

function procedureName(reader: ByteReader): string {
  const length = reader.u16();
  if (length !== NUMBERED) return reader.utf16(length * 2);
  const number = reader.u16();
  const name = numbers[number];
  if (name === undefined) throw new Error(`procedure ${String(number)}`);
  return name;
}

function readParam(reader: ByteReader): RpcParam {
  const name = reader.bVarChar();
  const output = (reader.u8() & BY_REFERENCE) !== 0;
  const wire = readType(reader);
  return { name, type: wire.type, value: parameterReader(wire)(reader), output };
}

export function parseCall(payload: Buffer): ProcedureCall {
  const reader = new ByteReader(payload);
  skipHeaders(reader);
  const name = procedureName(reader);
  reader.skip(2);
  const params: RpcParam[] = [];
  while (!reader.done) params.push(readParam(reader));
  return { name, params };
}

export function parseBatch(payload: Buffer): string {
  const reader = new ByteReader(payload);
  skipHeaders(reader);
  return reader.utf16(payload.length - reader.position);
}
