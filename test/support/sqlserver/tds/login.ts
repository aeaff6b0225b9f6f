import type { Login } from '../backend.js';

/** LOGIN7: fixed fields, then offsets and lengths of the texts behind them. */
export interface LoginRequest extends Login {
  /** As the client sent it, to be answered alike. */
  readonly tdsVersion: number;
  readonly packetSize: number;
  readonly language: string;
  /** NTLM and federated logins, which the stand-in does not know. */
  readonly integrated: boolean;
}

const at = {
  tdsVersion: 4,
  packetSize: 8,
  flags2: 25,
  typeFlags: 26,
  user: 40,
  password: 44,
  appName: 48,
  language: 64,
  database: 68,
} as const;

const INTEGRATED = 0x80;
const READ_ONLY = 0x20;

function text(payload: Buffer, field: number): string {
  const start = payload.readUInt16LE(field);
  return payload.toString('utf16le', start, start + payload.readUInt16LE(field + 2) * 2);
}

/** Passwords are sent with their nibbles swapped and xored: a custom, not a secret. */
function password(payload: Buffer): string {
  const start = payload.readUInt16LE(at.password);
  const end = start + payload.readUInt16LE(at.password + 2) * 2;
  const plain = payload.subarray(start, end).map((byte) => {
    const mixed = byte ^ 0xa5;
    return ((mixed << 4) | (mixed >> 4)) & 0xff;
  });
  return Buffer.from(plain).toString('utf16le');
}

export function parseLogin(payload: Buffer): LoginRequest {
  return {
    tdsVersion: payload.readUInt32LE(at.tdsVersion),
    packetSize: payload.readUInt32LE(at.packetSize),
    integrated: (payload.readUInt8(at.flags2) & INTEGRATED) !== 0,
    readOnlyIntent: (payload.readUInt8(at.typeFlags) & READ_ONLY) !== 0,
    user: text(payload, at.user),
    password: password(payload),
    appName: text(payload, at.appName),
    language: text(payload, at.language),
    database: text(payload, at.database),
  };
}
