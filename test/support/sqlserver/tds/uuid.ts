/** A uniqueidentifier's first three groups are little-endian on the wire. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

function swapped(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(16);
  for (let at = 0; at < 16; at += 1) out[at] = bytes[order[at] ?? at] ?? 0;
  return out;
}

export function uuidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new Error('not a uniqueidentifier');
  return swapped(bytes);
}

export function uuidText(bytes: Buffer): string {
  const hex = swapped(bytes).toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${groups.join('-')}-${hex.slice(20)}`;
}
