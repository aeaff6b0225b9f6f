import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../src/engines/postgres/replication/frame-splitter.js';

const payloads = fc.array(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)));

function framed(payload: Buffer, type = 'd'): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

/** Cut anywhere, each piece in memory of its own as a socket gives it. */
function chunks(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [...at, whole.length].map((end, index) =>
    Buffer.from(whole.subarray(at[index - 1] ?? 0, end)),
  );
}

describe('the frame splitter', () => {
  it('finds the same frames however the network cuts them, and never writes over one', () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat()), (sent, cuts) => {
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (const chunk of chunks(Buffer.concat(sent.map((each) => framed(each))), cuts)) {
          splitter.push(chunk, (_type, buffer, start, end) => {
            found.push(buffer.subarray(start, end));
            return true;
          });
        }
        expect(found).toEqual(sent);
      }),
    );
  });

  it('gives back a frame that is not wanted with all that follows', () => {
    fc.assert(
      fc.property(payloads, payloads, fc.array(fc.nat()), (before, after, cuts) => {
        const tail = Buffer.concat([
          framed(Buffer.from('stop'), 'E'),
          ...after.map((each) => framed(each)),
        ]);
        const whole = Buffer.concat([...before.map((each) => framed(each)), tail]);
        const splitter = new FrameSplitter();
        let count = 0;
        let rest: Buffer | undefined;
        for (const chunk of chunks(whole, cuts)) {
          if (rest !== undefined) {
            rest = Buffer.concat([rest, chunk]);
            continue;
          }
          rest = splitter.push(chunk, (type) => {
            if (type === 0x64) count += 1;
            return type === 0x64;
          });
        }
        expect(count).toBe(before.length);
        expect(rest).toEqual(tail);
      }),
    );
  });
});
