/**
 * A statement for a pipeline. A Buffer is sent as binary, a string as text, null as null. Buffers
 * are not copied: leave them alone until the statement is answered.
 */
export interface PipelineStatement {
  /** Prepared once per session under this name; '' is parsed every time. Names are the caller's. */
  readonly name: string;
  readonly text: string;
  /** Parameter types by oid; the server works out those that are left out or 0. */
  readonly types?: readonly number[];
  readonly values: readonly (Buffer | string | null)[];
  /** What a COPY FROM STDIN reads, all of it; sent behind the statement, whatever it answers. */
  readonly copyData?: Buffer;
}

const EXECUTE_ALL = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
export const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);
export const FLUSH = Buffer.from([0x48, 0, 0, 0, 4]);

/** Values from this size on go to the socket as they are, instead of through a copy. */
const LARGE_VALUE = 16_384;

/** Close (no error where there is none) and Parse, so that a name always means this text. */
export function prepareFrames(statement: PipelineStatement): Buffer[] {
  const types = statement.types ?? [];
  const body = Buffer.alloc(2 + types.length * 4);
  body.writeInt16BE(types.length);
  types.forEach((oid, index) => body.writeUInt32BE(oid, 2 + index * 4));
  const parse = frame('P', [cstring(statement.name), cstring(statement.text), body]);
  return statement.name === ''
    ? parse
    : [...frame('C', [Buffer.from('S'), cstring(statement.name)]), ...parse];
}

/**
 * Bind to the unnamed portal with text results, then Execute to the end. Copy data need not wait for
 * the server's word: after an error it skips them as all else (documentation, "COPY Operations").
 */
export function runFrames(statement: PipelineStatement): Buffer[] {
  const { values } = statement;
  const head = Buffer.alloc(1 + Buffer.byteLength(statement.name) + 1 + 2 + values.length * 2 + 2);
  let offset = 1 + head.write(statement.name, 1);
  offset = head.writeUInt16BE(values.length, offset + 1);
  for (const value of values) offset = head.writeInt16BE(Buffer.isBuffer(value) ? 1 : 0, offset);
  head.writeUInt16BE(values.length, offset);
  // No result format codes: text for every column, which is what the driver can read.
  const run = [...frame('B', [head, ...values.flatMap(valueParts), Buffer.alloc(2)]), EXECUTE_ALL];
  const { copyData } = statement;
  return copyData === undefined ? run : [...run, ...frame('d', [copyData]), COPY_DONE];
}

/** One write for many small parts; large ones are left alone. */
export function joinSmall(parts: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const flushSmall = (): void => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    if (part.length < LARGE_VALUE) {
      small.push(part);
    } else {
      flushSmall();
      joined.push(part);
    }
  }
  flushSmall();
  return joined;
}

function valueParts(value: Buffer | string | null): Buffer[] {
  const length = Buffer.alloc(4);
  if (value === null) {
    length.writeInt32BE(-1);
    return [length];
  }
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'utf8');
  length.writeInt32BE(bytes.length);
  return [length, bytes];
}

function frame(type: string, body: readonly Buffer[]): Buffer[] {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(4 + body.reduce((sum, part) => sum + part.length, 0), 1);
  return [header, ...body];
}

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}
