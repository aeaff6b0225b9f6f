/**
 * nvarchar may hold a half of a surrogate pair, which UTF-8 cannot
 * (test/conformance/sqlserver/strings: "keeps U+0000 and half a surrogate pair"). Between SQL Servers
 * such a half travels as the three bytes that UTF-8 would have for it (known as WTF-8).
 */
const LONE_SURROGATE = /\p{Surrogate}/u;
const SURROGATE_LEAD = 0xed;
const SURROGATE_SECOND = 0xa0;
const REPLACED = '\ufffd';

export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

export function encodeWide(text: string): Buffer {
  return hasLoneSurrogate(text) ? encodeHalves(text) : Buffer.from(text, 'utf8');
}

/** Text of the bytes from `start` to `end`. */
export function decodeWide(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end);
  // A half is no UTF-8, so that its bytes were replaced; the rare text that holds the sign itself
  // comes out of the longer way as it is.
  return text.includes(REPLACED) ? decodeHalves(bytes.subarray(start, end)) : text;
}

function encodeHalves(text: string): Buffer {
  const parts = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(character, 'utf8');
    return Buffer.from([SURROGATE_LEAD, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
  });
  return Buffer.concat(parts);
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
