import { z } from 'zod';
import { SluiceError, toSluiceError } from '../../../../core/errors.js';
import { displayName, sameTable, type TableName } from '../../../../core/names.js';
import type { FeedName } from '../../../contract/feed.js';
import { sourceKeys } from '../../config.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession, Query } from '../../sql-session.js';
import { enableDatabaseSql, enableTableSql } from './sql/enable-sql.js';
import { READ_COMPUTED_KEYS, READ_SWITCH } from './sql/state-sql.js';
import { readTracked } from './tracked-tables.js';

const SWITCH_ROW = z.object({
  database: z.string(),
  enabled: z.number(),
  cleanup: z.number(),
  keepsSeconds: z.number().nullable(),
  snapshot: z.number(),
  updateability: z.string().nullable(),
});

export interface TrackingSwitch {
  readonly database: string;
  readonly enabled: boolean;
  readonly cleanup: boolean;
  /** The retention; null without clean-up. */
  readonly keepsSeconds: number | null;
  /** A transaction may read under SNAPSHOT isolation. */
  readonly snapshot: boolean;
  /** Versions of a secondary do not fit the rows that it shows. */
  readonly isPrimary: boolean;
}

const TABLE_ROW = z.object({ schema: z.string(), table: z.string() });
const SNAPSHOT_ON = 1;
const DEFAULT_RETENTION = '2 DAYS';
/** The table has no primary key (test/conformance/sqlserver/change-tracking: "needs a primary key"). */
const NO_PRIMARY_KEY = 4997;

export async function readSwitch(query: Query): Promise<TrackingSwitch> {
  const [row] = await query(READ_SWITCH);
  const { database, enabled, cleanup, keepsSeconds, snapshot, updateability } =
    SWITCH_ROW.parse(row);
  return {
    database,
    enabled: enabled === 1,
    cleanup: cleanup === 1,
    keepsSeconds,
    snapshot: snapshot === SNAPSHOT_ON,
    isPrimary: updateability !== 'READ_ONLY',
  };
}

/** True when it was Sluice that switched it on. @throws SluiceError FEED_NOT_ENABLED */
export async function enableDatabase(session: MsSession, name: FeedName): Promise<boolean> {
  const facts = await readSwitch(session.query);
  assertPrimary(facts);
  if (facts.enabled) return false;
  const sql = enableDatabaseSql(facts.database, retentionOf(name));
  const what = `Change Tracking is not switched on in the database ${facts.database}`;
  if (!name.mayCreate) throw notEnabled(name, what, sql, null);
  await attempt(name, what, sql, session);
  return true;
}

/** @throws SluiceError FEED_NOT_ENABLED with the statement to run, KEY_MISSING */
export async function addTables(
  session: MsSession,
  name: FeedName,
  tables: readonly TableName[],
): Promise<void> {
  const tracked = await readTracked(session.query, tables);
  const computed = (await session.query(READ_COMPUTED_KEYS)).map((row) => TABLE_ROW.parse(row));
  for (const table of tables) {
    if (computed.some((one) => sameTable(one, table))) throw keyComputed(table);
    const known = tracked.find((one) => sameTable(one.name, table));
    if (known?.minValid === null) throw hidden(table);
    if (known !== undefined) continue;
    const what = `Change Tracking is not switched on for ${displayName(table)}`;
    const sql = enableTableSql(table);
    if (!name.mayCreate) throw notEnabled(name, what, sql, null);
    await attempt(name, what, sql, session);
  }
}

/** @throws SluiceError FEED_NOT_ENABLED on a secondary */
export function assertPrimary({ isPrimary, database }: TrackingSwitch): void {
  if (isPrimary) return;
  throw new SluiceError(
    'FEED_NOT_ENABLED',
    `Change Tracking cannot be read from a secondary of the database ${database}: its versions do not fit its rows.`,
    { remedy: 'Set applicationIntent: readWrite for the source, so that the primary answers.' },
  );
}

async function attempt(
  name: FeedName,
  what: string,
  sql: string,
  session: MsSession,
): Promise<void> {
  try {
    await session.batch(sql);
  } catch (thrown) {
    const error = toSluiceError(thrown);
    if (msNumberOf(thrown) === NO_PRIMARY_KEY) throw keyMissing(what);
    throw error.kind === 'permanent' ? notEnabled(name, what, sql, error) : error;
  }
}

function retentionOf(name: FeedName): string {
  const own = sourceKeys.safeParse(name.own ?? {});
  return (own.data?.changeTrackingRetention ?? DEFAULT_RETENTION).toUpperCase();
}

function notEnabled(
  name: FeedName,
  what: string,
  sql: string,
  error: SluiceError | null,
): SluiceError {
  const why =
    error === null ? '' : `, and Sluice may not change that: ${error.message.replace(/\.$/, '')}`;
  const allow = name.mayCreate
    ? ''
    : "; or set enableChangeTracking: true in the source's settings";
  return new SluiceError('FEED_NOT_ENABLED', `${what}${why}.`, {
    remedy: `Run: ${sql}${allow}.`,
    ...(error?.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
  });
}

function keyMissing(what: string): SluiceError {
  return new SluiceError('KEY_MISSING', `${what}, and it has no primary key to track by.`, {
    remedy: 'Give the table a primary key.',
    vendorCode: String(NO_PRIMARY_KEY),
  });
}

function keyComputed(table: TableName): SluiceError {
  const name = displayName(table);
  const message = `The primary key of ${name} has a computed column, so its changes do not name their rows.`;
  return new SluiceError('KEY_MISSING', message, {
    remedy:
      'Choose mode full, or cdc where the table has another unique index over NOT NULL columns.',
  });
}

function hidden(table: TableName): SluiceError {
  const name = displayName(table);
  return new SluiceError('PERMISSION_DENIED', `The login may not see the changes of ${name}.`, {
    remedy: `Run: GRANT VIEW CHANGE TRACKING ON ${name} TO the login.`,
  });
}
