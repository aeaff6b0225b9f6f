import { ByteReader } from './byte-reader.js';
import { skipHeaders } from './headers.js';

export type TransactionRequest =
  | { readonly kind: 'begin'; readonly isolation: number; readonly name: string }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback'; readonly name: string }
  | { readonly kind: 'save'; readonly name: string };

const BEGIN = 5;
const COMMIT = 7;
const ROLLBACK = 8;
const SAVE = 9;

export function parseTransactionRequest(payload: Buffer): TransactionRequest {
  const reader = new ByteReader(payload);
  skipHeaders(reader);
  const kind = reader.u16();
  switch (kind) {
    case BEGIN: {
      const isolation = reader.u8();
      return { kind: 'begin', isolation, name: reader.utf16(reader.u8()) };
    }
    case COMMIT:
      return { kind: 'commit' };
    case ROLLBACK:
      return { kind: 'rollback', name: reader.utf16(reader.u8()) };
    case SAVE:
      return { kind: 'save', name: reader.utf16(reader.u8()) };
    default:
      throw new Error(`transaction request ${String(kind)}`);
  }
}
