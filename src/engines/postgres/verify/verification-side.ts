import type { VerificationSide } from '../../../core/verification.js';
import type { DigestRequest, VerifyDatabase } from '../../contract/verify.js';

/** One table of a database as the bisection asks about it. */
export function verificationSide(verify: VerifyDatabase, request: DigestRequest): VerificationSide {
  return {
    digest: async () => verify.digest(request),
    parts: async (prefixes, digits) => verify.digestPartsBelow(request, prefixes, 16 ** digits),
    rowsOfParts: async (prefixes) => verify.rowsOfParts(request, prefixes),
  };
}
