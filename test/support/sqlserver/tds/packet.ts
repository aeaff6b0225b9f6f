/** The frame around everything: type, status, length (big-endian, header included), spid, number. */
export const HEADER_BYTES = 8;

export const packetType = {
  batch: 0x01,
  rpc: 0x03,
  response: 0x04,
  attention: 0x06,
  bulk: 0x07,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const;

export const packetStatus = {
  endOfMessage: 0x01,
  ignore: 0x02,
  resetConnection: 0x08,
  resetKeepingTransaction: 0x10,
} as const;

export interface Packet {
  readonly type: number;
  readonly status: number;
  readonly payload: Buffer;
}

/** Cuts a byte stream into packets. */
export class PacketCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** Whether the next byte continues a packet. */
  get amid(): boolean {
    return this.#rest.length > 0;
  }

  push(chunk: Buffer): Packet[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Packet[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt16BE(at + 2);
      if (length < HEADER_BYTES) throw new Error(`a packet of ${String(length)} bytes`);
      if (bytes.length - at < length) break;
      packets.push({
        type: bytes.readUInt8(at),
        status: bytes.readUInt8(at + 1),
        payload: bytes.subarray(at + HEADER_BYTES, at + length),
      });
      at += length;
    }
    this.#rest = bytes.subarray(at);
    return packets;
  }
}

/** A payload as packets of at most `packetSize` bytes; `last` ends the message. */
export function framed(
  type: number,
  payload: Buffer,
  options: { packetSize: number; last: boolean; spid: number; firstId: number },
): { bytes: Buffer; nextId: number } {
  const room = options.packetSize - HEADER_BYTES;
  const count = Math.max(1, Math.ceil(payload.length / room));
  const bytes = Buffer.allocUnsafe(payload.length + count * HEADER_BYTES);
  let id = options.firstId;
  let out = 0;
  for (let packet = 0; packet < count; packet += 1) {
    const from = packet * room;
    const to = Math.min(payload.length, from + room);
    const end = options.last && packet === count - 1;
    bytes[out] = type;
    bytes[out + 1] = end ? packetStatus.endOfMessage : 0;
    bytes.writeUInt16BE(to - from + HEADER_BYTES, out + 2);
    bytes.writeUInt16BE(options.spid & 0xffff, out + 4);
    bytes[out + 6] = id;
    bytes[out + 7] = 0;
    payload.copy(bytes, out + HEADER_BYTES, from, to);
    out += HEADER_BYTES + to - from;
    id = (id + 1) & 0xff;
  }
  return { bytes, nextId: id };
}
