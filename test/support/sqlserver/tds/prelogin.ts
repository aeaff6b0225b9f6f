/** What both sides tell each other before the login: versions, and whether TLS follows. */
const VERSION = 0x00;
const ENCRYPTION = 0x01;
const INSTANCE = 0x02;
const THREAD = 0x03;
const MARS = 0x04;
const END = 0xff;

const encryption = { off: 0, on: 1, notSupported: 2, required: 3 } as const;

/** SQL Server 2022. */
export const serverVersion = { major: 16, minor: 0, build: 4175 } as const;

function options(payload: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; payload[at] !== undefined && payload[at] !== END; at += 5) {
    const start = payload.readUInt16BE(at + 1);
    found.set(payload.readUInt8(at), payload.subarray(start, start + payload.readUInt16BE(at + 3)));
  }
  return found;
}

/** Whether the client asks for TLS inside the packets. */
export function asksForTls(payload: Buffer): boolean {
  const wish = options(payload).get(ENCRYPTION)?.[0];
  return wish === encryption.on || wish === encryption.required;
}

export function preloginAnswer(tls: boolean): Buffer {
  const version = Buffer.alloc(6);
  version.writeUInt8(serverVersion.major, 0);
  version.writeUInt8(serverVersion.minor, 1);
  version.writeUInt16BE(serverVersion.build, 2);
  const parts: readonly (readonly [number, Buffer])[] = [
    [VERSION, version],
    [ENCRYPTION, Buffer.from([tls ? encryption.on : encryption.notSupported])],
    [INSTANCE, Buffer.from([0])],
    [THREAD, Buffer.alloc(0)],
    [MARS, Buffer.from([0])],
  ];
  const heads: Buffer[] = [];
  let start = parts.length * 5 + 1;
  for (const [option, data] of parts) {
    const head = Buffer.alloc(5);
    head.writeUInt8(option, 0);
    head.writeUInt16BE(start, 1);
    head.writeUInt16BE(data.length, 3);
    heads.push(head);
    start += data.length;
  }
  return Buffer.concat([...heads, Buffer.from([END]), ...parts.map(([, data]) => data)]);
}
