import { readFileSync } from 'node:fs';
import { SluiceError } from '../core/errors.js';
import type { ConnectionSettings } from './contract/connection.js';

type Part = 'ca' | 'cert' | 'key';

/** The PEM texts of a connection; each is configured as a text or as the path of a file. */
export function pemTexts({ name, tls }: ConnectionSettings): Partial<Record<Part, string>> {
  const text = (part: Part, textOrPath: string | undefined) =>
    textOrPath === undefined ? {} : { [part]: pem(`connections.${name}.tls.${part}`, textOrPath) };
  return { ...text('ca', tls.ca), ...text('cert', tls.cert), ...text('key', tls.key) };
}

function pem(key: string, textOrPath: string): string {
  if (textOrPath.startsWith('-----BEGIN')) return textOrPath;
  try {
    return readFileSync(textOrPath, 'utf8');
  } catch {
    throw new SluiceError('CONFIG_INVALID', `The file that ${key} names cannot be read.`, {
      remedy: `Correct ${key}, and let the user of this process read that file.`,
    });
  }
}
