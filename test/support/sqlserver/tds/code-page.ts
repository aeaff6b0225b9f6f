/** Text in the single-byte code pages of char and varchar, and in UTF-8. */
const decoders = new Map<string, TextDecoder>();
const encoders = new Map<string, ReadonlyMap<string, number>>();
const QUESTION_MARK = 0x3f;

function decoderOf(encoding: string): TextDecoder {
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  return decoder;
}

export function decodeText(bytes: Buffer, encoding: string): string {
  return decoderOf(encoding).decode(bytes);
}

function tableOf(encoding: string): ReadonlyMap<string, number> {
  let table = encoders.get(encoding);
  if (table === undefined) {
    const all = Array.from({ length: 256 }, (_, byte): [string, number] => [
      decoderOf(encoding).decode(Uint8Array.of(byte)),
      byte,
    ]);
    table = new Map(all);
    encoders.set(encoding, table);
  }
  return table;
}

/** A character that the code page lacks becomes `?`, as on the server. */
export function encodeText(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const table = tableOf(encoding);
  const characters = Array.from(text);
  const bytes = Buffer.allocUnsafe(characters.length);
  characters.forEach((character, at) => {
    bytes[at] = table.get(character) ?? QUESTION_MARK;
  });
  return bytes;
}
