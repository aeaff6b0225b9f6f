/**
 * What PostgreSQL refuses, in the words and numbers of SQL Server
 * (test/conformance/sqlserver/changes: "a foreign key and a check fail with 547",
 * test/conformance/sqlserver/locks: "a deadlock has one victim (1205)",
 * test/conformance/sqlserver/transactions: "ends with a conversion that fails").
 */
import pg from 'pg';
import { ConnectionCut, SqlError } from '../../backend.js';
import type { Catalog, ConstraintInfo, SessionContext } from '../catalog-seam.js';

/** The client asked for it, or went away. */
export class Cancelled extends Error {}

const DEADLOCK =
  'Transaction (Process ID %) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.';

export type Verb = 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE';

export async function asSqlError(
  error: unknown,
  verb: Verb,
  isSnapshot: boolean,
  catalog: Catalog,
  context: SessionContext,
): Promise<unknown> {
  if (!(error instanceof pg.DatabaseError)) return isLost(error) ? new ConnectionCut() : error;
  const { code, message } = error;
  switch (code) {
    case '57P01':
      return new ConnectionCut();
    case 'MS000':
      return new SqlError(Number(error.detail), message, { state: Number(error.hint) });
    case '57014':
      return new Cancelled(message);
    case '40P01':
      return deadlock(context);
    case '40001':
      return isSnapshot ? updateConflict(context) : deadlock(context);
    case '55P03':
      return new SqlError(1222, 'Lock request time out period exceeded.', { state: 51 });
    case '22012':
      return new SqlError(8134, 'Divide by zero error encountered.');
    case '22003':
      return overflow(message);
    case '25P02':
      return new SqlError(
        3930,
        'The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.',
      );
    case '42P01':
      // Dropped by another session after the statement had found it and before it had its lock.
      return new SqlError(208, `Invalid object name ${/"[^"]*"/.exec(message)?.[0] ?? ''}.`);
    case '23502':
      return notNull(error, verb, catalog, context);
    case '23505':
      return duplicate(error, catalog, context);
    case '23503':
    case '23514':
      return conflict(error, verb, catalog, context);
    default:
      return new SqlError(99_999, `not modelled: ${message} (${code ?? ''})`);
  }
}

/** As `pg` says it; there is no code. */
function isLost(error: unknown): boolean {
  return error instanceof Error && /^Connection terminated|is not queryable/.test(error.message);
}

function deadlock({ spid }: SessionContext): SqlError {
  return new SqlError(1205, DEADLOCK.replace('%', String(spid)), { level: 13, state: 51 });
}

function updateConflict({ database }: SessionContext): SqlError {
  return new SqlError(
    3960,
    `Snapshot isolation transaction aborted due to update conflict. You cannot use snapshot isolation to access table directly or indirectly in database '${database.name}' to update, delete, or insert the row that has been modified or deleted by another transaction. Retry the transaction or change the isolation level for the update/delete statement.`,
    { state: 2 },
  );
}

function overflow(message: string): SqlError {
  const found = /^(?:value "[^"]*" is out of range for type )?(bigint|integer|smallint)/.exec(
    message,
  );
  if (found === null) {
    return new SqlError(
      8115,
      'Arithmetic overflow error converting expression to data type numeric.',
      { state: 8 },
    );
  }
  const type = found[1] === 'integer' ? 'int' : (found[1] ?? 'int');
  return new SqlError(
    8115,
    `Arithmetic overflow error converting expression to data type ${type}.`,
    { state: 2 },
  );
}

async function notNull(
  error: pg.DatabaseError,
  verb: Verb,
  catalog: Catalog,
  context: SessionContext,
): Promise<SqlError> {
  const table = await catalog.tableByRelation(context, error.schema ?? '', error.table ?? '');
  const column =
    table?.columns.find(({ pg: name }) => name === error.column)?.name ?? error.column ?? '';
  const name = table === undefined ? '' : `${table.database.name}.${table.schema}.${table.name}`;
  const word = verb === 'UPDATE' ? 'UPDATE' : 'INSERT';
  return new SqlError(
    515,
    `Cannot insert the value NULL into column '${column}', table '${name}'; column does not allow nulls. ${word} fails.`,
    { state: 2 },
  );
}

async function duplicate(
  error: pg.DatabaseError,
  catalog: Catalog,
  context: SessionContext,
): Promise<SqlError> {
  const found = await catalog.constraint(context, error.constraint ?? '');
  const value = /=\((.*)\) already exists/s.exec(error.detail ?? '')?.[1] ?? '';
  if (found === undefined)
    return new SqlError(
      2601,
      `Cannot insert duplicate key row. The duplicate key value is (${value}).`,
      { level: 14 },
    );
  const object = `${found.table.schema}.${found.table.name}`;
  if (found.kind === 'uniqueIndex') {
    return new SqlError(
      2601,
      `Cannot insert duplicate key row in object '${object}' with unique index '${found.name}'. The duplicate key value is (${value}).`,
      { level: 14 },
    );
  }
  const kind = found.kind === 'primaryKey' ? 'PRIMARY' : 'UNIQUE';
  return new SqlError(
    2627,
    `Violation of ${kind} KEY constraint '${found.name}'. Cannot insert duplicate key in object '${object}'. The duplicate key value is (${value}).`,
    { level: 14 },
  );
}

async function conflict(
  error: pg.DatabaseError,
  verb: Verb,
  catalog: Catalog,
  context: SessionContext,
): Promise<SqlError> {
  const found = await catalog.constraint(context, error.constraint ?? '');
  if (found === undefined) return new SqlError(547, error.message, { state: 0 });
  const missing = error.code === '23503' && !(error.detail ?? '').includes('still referenced');
  const { word, place } = describe(
    found,
    error.code === '23514' ? 'check' : missing ? 'child' : 'parent',
  );
  return new SqlError(
    547,
    `The ${verb} statement conflicted with the ${word} constraint "${found.name}". The conflict occurred in database "${found.table.database}", table "${place.table}"${place.column}.`,
    { state: 0 },
  );
}

function describe(
  found: ConstraintInfo,
  side: 'check' | 'child' | 'parent',
): { word: string; place: { table: string; column: string } } {
  const named = (columns: readonly string[]) =>
    columns.length === 1 ? `, column '${columns[0] ?? ''}'` : '';
  const own = { table: `${found.table.schema}.${found.table.name}`, column: named(found.columns) };
  const to = found.references;
  if (side === 'check') return { word: 'CHECK', place: own };
  if (side === 'parent' || to === undefined) return { word: 'REFERENCE', place: own };
  const place = { table: `${to.schema}.${to.name}`, column: named(to.columns) };
  // A table that refers to itself is told apart by SQL Server.
  const same = to.name === found.table.name && to.schema === found.table.schema;
  return { word: same ? 'FOREIGN KEY SAME TABLE' : 'FOREIGN KEY', place };
}

/** Errors that end the batch and, whatever XACT_ABORT says, the transaction. */
const ENDS_TRANSACTION = new Set([241, 242, 245, 295, 8114, 8169, 1205, 3960, 3930, 235]);
/** Errors that end the batch. */
const ENDS_BATCH = new Set([99_999, 102, 137, 156, 207, 208, 209, 4104, 195, 2812, 911, 229, 230]);

export function endsTransaction({ number }: SqlError): boolean {
  return ENDS_TRANSACTION.has(number);
}

export function endsBatch(error: SqlError): boolean {
  return endsTransaction(error) || ENDS_BATCH.has(error.number);
}
