import { describe, expect, it } from 'vitest';
import {
  encodeArray,
  encodeCopyHeader,
  encodeCopyTrailer,
} from '../../../src/engines/postgres/copy-binary.js';

const ONE = Buffer.from('0001', 'hex');

describe('binary COPY', () => {
  it('starts and ends as documented', () => {
    expect(encodeCopyHeader().toString('hex')).toBe('5047434f50590aff0d0a000000000000000000');
    expect(encodeCopyTrailer().toString('hex')).toBe('ffff');
  });
});

describe('a binary array', () => {
  it('has one dimension that begins at 1, and says whether it holds a null', () => {
    expect(encodeArray(21, [ONE, null]).toString('hex')).toBe(
      '00000001' + '00000001' + '00000015' + '00000002' + '00000001' + '000000020001' + 'ffffffff',
    );
    expect(encodeArray(21, [ONE]).subarray(4, 8).toString('hex')).toBe('00000000');
  });

  it('has no dimension when it is empty, and takes oids above 2^31', () => {
    expect(encodeArray(4_000_000_000, []).toString('hex')).toBe('0000000000000000ee6b2800');
  });
});
