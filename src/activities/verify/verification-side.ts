import type { LastRowsSide } from '../../core/last-rows.js';
import type { VerificationSide } from '../../core/verification.js';
import type { DigestRequest, VerifyDatabase } from '../../engines/contract/verify.js';

/** One side of a comparison, as the pure bisection asks for it. */
export function verificationSide(
  database: VerifyDatabase,
  request: DigestRequest,
): VerificationSide {
  return {
    digest: () => database.digest(request),
    parts: (prefixes, digits) => database.digestPartsBelow(request, prefixes, 16 ** digits),
    rowsOfParts: (prefixes) => database.rowsOfParts(request, prefixes),
  };
}

/** The same where the last rows of each side are in an order of its own. */
export function lastRowsSide(database: VerifyDatabase, request: DigestRequest): LastRowsSide {
  const anywhere = { ...request, lastRows: null };
  return {
    ...verificationSide(database, request),
    rowsByKey: (keys) => database.rowsByKey(anywhere, keys),
  };
}
