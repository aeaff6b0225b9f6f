/**
 * Table hints: a closed list of what locks rows, what locks tables and what changes nothing here
 * (test/conformance/sqlserver/locks: "TABLOCK, HOLDLOCK meets who has written a row",
 * test/conformance/sqlserver/locks: "UPDLOCK and HOLDLOCK keep a second reader",
 * test/conformance/sqlserver/locks: "READPAST passes over rows").
 */
import type { TableHint } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';

const HARMLESS = new Set([
  'NOLOCK',
  'READUNCOMMITTED',
  'READCOMMITTED',
  'READCOMMITTEDLOCK',
  'ROWLOCK',
  'PAGLOCK',
  'FORCESEEK',
  'FORCESCAN',
  'INDEX',
  'NOEXPAND',
  'KEEPIDENTITY',
  'IGNORE_CONSTRAINTS',
  'SNAPSHOT',
]);
const LOCKING = new Set([
  'UPDLOCK',
  'XLOCK',
  'HOLDLOCK',
  'SERIALIZABLE',
  'REPEATABLEREAD',
  'TABLOCK',
  'TABLOCKX',
  'READPAST',
  'NOWAIT',
]);

export interface Locking {
  /** Mode of LOCK TABLE, if the hint means the whole table or the gaps between its rows. */
  readonly table: string | null;
  /** Clause of SELECT, if it means the rows that are read. */
  readonly rows: string | null;
}

export function locking(hints: readonly TableHint[]): Locking {
  const names = new Set(hints.map(({ name }) => name));
  for (const name of names) {
    if (!HARMLESS.has(name) && !LOCKING.has(name)) throw notModelled(`table hint ${name}`);
  }
  const has = (...wanted: string[]) => wanted.some((name) => names.has(name));
  const wait = has('READPAST') ? ' SKIP LOCKED' : has('NOWAIT') ? ' NOWAIT' : '';
  const exclusive = has('UPDLOCK', 'XLOCK');
  const held = has('HOLDLOCK', 'SERIALIZABLE');
  if (has('TABLOCKX') || (has('TABLOCK') && has('XLOCK')))
    return { table: 'EXCLUSIVE', rows: null };
  // Locks on ranges of keys become a lock on the table: stronger, never weaker.
  if (held && exclusive) return { table: 'SHARE ROW EXCLUSIVE', rows: null };
  if (held) return { table: 'SHARE', rows: null };
  // Beside the rows an intent lock on the table, which those who hold all of it refuse.
  const intent = has('NOWAIT') ? null : 'ROW EXCLUSIVE';
  if (exclusive) return { table: intent, rows: `FOR UPDATE${wait}` };
  if (has('REPEATABLEREAD')) return { table: null, rows: `FOR SHARE${wait}` };
  return { table: null, rows: has('READPAST') ? 'READPAST' : null };
}
