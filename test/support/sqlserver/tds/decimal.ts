/** Bytes of a decimal's magnitude by its precision: sign byte not counted. */
export function magnitudeBytes(precision: number): 4 | 8 | 12 | 16 {
  if (precision <= 9) return 4;
  if (precision <= 19) return 8;
  return precision <= 28 ? 12 : 16;
}

/** Plain decimal digits as an integer of `scale` places; further digits are refused. */
export function unscaled(text: string, scale: number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) throw new Error('not a decimal');
  const [, sign = '', whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(scale))) throw new Error('more places than the scale has');
  const digits = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0');
  return sign === '-' ? -digits : digits;
}

/** The integer as decimal digits with all its places. */
export function scaledText(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = negative ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`;
}

export function magnitudeToBuffer(value: bigint, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  let rest = value < 0n ? -value : value;
  for (let at = 0; at < bytes; at += 4) {
    out.writeUInt32LE(Number(rest & 0xffffffffn), at);
    rest >>= 32n;
  }
  if (rest !== 0n) throw new Error('more digits than the precision has');
  return out;
}

export function magnitudeFromBuffer(bytes: Buffer): bigint {
  let value = 0n;
  for (let at = bytes.length - 4; at >= 0; at -= 4) {
    value = (value << 32n) | BigInt(bytes.readUInt32LE(at));
  }
  return value;
}
