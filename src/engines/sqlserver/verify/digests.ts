import type { Digest, DigestPart, DigestRequest, RowDigest } from '../../contract/verify.js';

/** How a table's digests come about: by the server, or in the worker. */
export interface Digests {
  digest(request: DigestRequest): Promise<Digest>;
  parts(
    request: DigestRequest,
    prefixes: readonly string[],
    digits: { readonly above: number; readonly below: number },
  ): Promise<DigestPart[]>;
  rows(request: DigestRequest, prefixes: readonly string[]): Promise<RowDigest[]>;
  rowsByKey(request: DigestRequest, keys: readonly string[]): Promise<RowDigest[]>;
}
