import { SluiceError } from '../../../core/errors.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { onlyRow } from './state-db.js';

const TIMEOUT_MS = 120_000;

/**
 * Held to the end of the transaction. Its time limit is its own, whatever the session's
 * (test/conformance/sqlserver/locks: "LOCK_TIMEOUT is no matter of sp_getapplock").
 */
const LOCK = `
declare @got int;
exec @got = sp_getapplock @Resource = @resource, @LockMode = 'Exclusive',
  @LockOwner = 'Transaction', @LockTimeout = ${String(TIMEOUT_MS)};
select @got as got`;

/**
 * One worker at a time, to the end of the caller's transaction.
 *
 * @throws SluiceError LOCK_TIMEOUT
 */
export async function takeAppLock(query: Query, resource: string): Promise<void> {
  const params = [param.nvarchar('resource', resource)];
  const { got } = onlyRow(await query<{ got: number }>(LOCK, params));
  if (got >= 0) return;
  throw new SluiceError('LOCK_TIMEOUT', `Another worker still holds ${resource}.`);
}
