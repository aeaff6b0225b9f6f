import { TextDecoder } from 'node:util';

/** Text in the single-byte code pages of char and varchar, and in UTF-8. */
interface CodePage {
  readonly characters: readonly string[];
  readonly bytes: ReadonlyMap<string, number>;
}

const pages = new Map<string, CodePage>();
const QUESTION_MARK = 0x3f;

/** What windows-1252 has from 0x80 to 0x9f: Node's decoder takes it for latin1. */
const western = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function characterOf(encoding: string, byte: number): string {
  if (encoding === 'windows-1252') {
    return western.charAt(byte - 0x80) || String.fromCharCode(byte);
  }
  return new TextDecoder(encoding).decode(Uint8Array.of(byte));
}

function pageOf(encoding: string): CodePage {
  let page = pages.get(encoding);
  if (page === undefined) {
    const characters = Array.from({ length: 256 }, (_, byte) => characterOf(encoding, byte));
    page = {
      characters,
      bytes: new Map(characters.map((character, byte) => [character, byte])),
    };
    pages.set(encoding, page);
  }
  return page;
}

export function decodeText(bytes: Buffer, encoding: string): string {
  if (encoding === 'utf-8') return bytes.toString('utf8');
  const { characters } = pageOf(encoding);
  let text = '';
  for (const byte of bytes) text += characters[byte] ?? '';
  return text;
}

/** A character that the code page lacks becomes `?`, as on the server. */
export function encodeText(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const table = pageOf(encoding).bytes;
  const characters = Array.from(text);
  const bytes = Buffer.allocUnsafe(characters.length);
  characters.forEach((character, at) => {
    bytes[at] = table.get(character) ?? QUESTION_MARK;
  });
  return bytes;
}
