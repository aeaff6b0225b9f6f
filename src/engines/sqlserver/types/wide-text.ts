/**
 * nvarchar may hold a half of a surrogate pair, which UTF-8 cannot. Between SQL Servers such a half
 * travels as the three bytes that UTF-8 would have for it (known as WTF-8).
 */
const LONE_SURROGATE = /\p{Surrogate}/u;
const SURROGATE_LEAD = 0xed;
const SURROGATE_SECOND = 0xa0;

export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

export function encodeWide(text: string): Buffer {
  return hasLoneSurrogate(text) ? encodeHalves(text) : Buffer.from(text, 'utf8');
}

export function decodeWide(bytes: Buffer): string {
  return mayHaveHalves(bytes) ? decodeHalves(bytes) : bytes.toString('utf8');
}

function encodeHalves(text: string): Buffer {
  const parts = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(character, 'utf8');
    return Buffer.from([SURROGATE_LEAD, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
  });
  return Buffer.concat(parts);
}

function mayHaveHalves(bytes: Buffer): boolean {
  for (
    let at = bytes.indexOf(SURROGATE_LEAD);
    at >= 0;
    at = bytes.indexOf(SURROGATE_LEAD, at + 1)
  ) {
    if ((bytes[at + 1] ?? 0) >= SURROGATE_SECOND) return true;
  }
  return false;
}

function decodeHalves(bytes: Buffer): string {
  let text = '';
  let from = 0;
  for (
    let at = bytes.indexOf(SURROGATE_LEAD);
    at >= 0;
    at = bytes.indexOf(SURROGATE_LEAD, at + 1)
  ) {
    const second = bytes[at + 1] ?? 0;
    if (second < SURROGATE_SECOND) continue;
    text += bytes.toString('utf8', from, at);
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | ((bytes[at + 2] ?? 0) & 0x3f));
    from = at + 3;
  }
  return text + bytes.toString('utf8', from);
}
