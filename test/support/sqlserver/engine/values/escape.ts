/**
 * SQL Server's strings are UTF-16 units; PostgreSQL refuses U+0000 and cannot hold half a surrogate
 * pair. Those units become private code points from U+10F000 on (ZERO for U+0000, then one for each
 * surrogate). A text that holds one of these code points itself has it split into its two
 * surrogates, each replaced: nothing is ambiguous, and lengths in UTF-16 units stay countable.
 */
const BASE = 0x10f000;
const ZERO = BASE + 0x800;
const LAST = 0x10f801;

// The flag u makes the middle range match only surrogates that stand alone.
const TOUCHED = /[\0\u{D800}-\u{DFFF}\u{10F000}-\u{10FFFF}]/u;
const HELD = /[\u{10F000}-\u{10F801}]/gu;

export function escapeText(text: string): string {
  if (!TOUCHED.test(text)) return text;
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    const point = text.codePointAt(at) ?? 0;
    if (point === 0) out += String.fromCodePoint(ZERO);
    else if (point >= 0xd800 && point <= 0xdfff) out += held(point);
    else if (point >= BASE) {
      out += held(text.charCodeAt(at)) + held(text.charCodeAt(at + 1));
      at += 1;
    } else {
      out += String.fromCodePoint(point);
      if (point > 0xffff) at += 1;
    }
  }
  return out;
}

export function unescapeText(stored: string): string {
  return stored.replaceAll(HELD, (found) => {
    const point = found.codePointAt(0) ?? LAST;
    return point === ZERO ? '\0' : String.fromCharCode(0xd800 + point - BASE);
  });
}

function held(surrogate: number): string {
  return String.fromCodePoint(BASE + surrogate - 0xd800);
}
