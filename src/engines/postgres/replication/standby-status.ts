import type { Lsn } from './lsn.js';

const COPY_DATA = 0x64; // d
const STATUS_UPDATE = 0x72; // r
const PAYLOAD = 34;
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

/**
 * A standby status update as a CopyData frame (documentation, "Streaming Replication Protocol").
 * `flushed` is what the server may forget; 0 changes nothing there.
 */
export function encodeStandbyStatus(written: Lsn, flushed: Lsn, nowMs: number): Buffer {
  const frame = Buffer.alloc(5 + PAYLOAD);
  frame[0] = COPY_DATA;
  frame.writeInt32BE(4 + PAYLOAD, 1);
  frame[5] = STATUS_UPDATE;
  frame.writeBigUInt64BE(written, 6);
  frame.writeBigUInt64BE(flushed, 14);
  frame.writeBigUInt64BE(flushed, 22);
  frame.writeBigInt64BE(BigInt(nowMs) * 1000n - POSTGRES_EPOCH_MICROS, 30);
  return frame;
}
