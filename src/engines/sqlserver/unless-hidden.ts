import { SluiceError } from '../../core/errors.js';

/**
 * Refused, or not there: not every server has every view, nor may every login read it
 * (test/conformance/sqlserver/rights: "sees no state of the server").
 */
const HIDDEN: ReadonlySet<string> = new Set([
  'PERMISSION_DENIED',
  'TABLE_MISSING',
  'DATABASE_MISSING',
]);

/**
 * What is good to know, not needed: null where this login, or this kind of server, does not tell.
 * Not inside a transaction: any error ends it there (XACT_ABORT).
 */
export async function unlessHidden<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SluiceError && HIDDEN.has(error.code)) return null;
    throw error;
  }
}
