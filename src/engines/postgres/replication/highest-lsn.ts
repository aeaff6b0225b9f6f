import type { Lsn } from './lsn.js';

/** The highest of many positions, compared in halves: a bigint for each would be garbage. */
export class HighestLsn {
  private high = 0;
  private low = 0;

  /** Take the position at `offset` into account. */
  raise(buffer: Buffer, offset: number): void {
    const high = buffer.readUInt32BE(offset);
    const low = buffer.readUInt32BE(offset + 4);
    if (high < this.high || (high === this.high && low <= this.low)) return;
    this.high = high;
    this.low = low;
  }

  get value(): Lsn {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}
