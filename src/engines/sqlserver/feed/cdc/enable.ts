import { z } from 'zod';
import { SluiceError } from '../../../../core/errors.js';
import type { TableName } from '../../../../core/names.js';
import type { FeedName } from '../../../contract/feed.js';
import { flag } from '../../catalog/read-rows.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession, Query } from '../../sql-session.js';
import type { Instance } from './instances.js';
import { captureSettings } from './settings.js';
import { disableTableSql, ENABLE_DATABASE, enableTableSql } from './sql/enable-sql.js';
import { READ_SWITCH } from './sql/state-sql.js';

const SWITCH_ROW = z.object({
  database: z.string(),
  enabled: flag,
  sysadmin: z.number(),
  owner: z.number(),
  edition: z.number(),
  updateability: z.string().nullable(),
});

export type CdcSwitch = z.infer<typeof SWITCH_ROW>;

const AZURE_SQL_DATABASE = 5;
/**
 * The server allows no more instances of one table (error 22962;
 * test/conformance/sqlserver/change-data-capture: "is one of two at most").
 */
export const MOST_INSTANCES = 2;
/**
 * Numbers by which Change Data Capture refuses something, but for a statement of its own that failed
 * (test/conformance/sqlserver/change-data-capture: "needs sys.sp_cdc_enable_db before (22901)").
 */
const REFUSALS = { from: 22_833, to: 22_999 };

/** What the server will refuse again, whatever the number. */
export function isCdcRefusal(thrown: unknown): boolean {
  const number = msNumberOf(thrown) ?? 0;
  return number >= REFUSALS.from && number <= REFUSALS.to;
}

export async function readSwitch(query: Query): Promise<CdcSwitch> {
  const [row] = await query(READ_SWITCH);
  return SWITCH_ROW.parse(row);
}

/** True when it was Sluice that switched it on. @throws SluiceError FEED_NOT_ENABLED */
export async function enableDatabase(session: MsSession, name: FeedName): Promise<boolean> {
  const facts = await readSwitch(session.query);
  if (facts.enabled) return false;
  const may = facts.sysadmin === 1 || (facts.edition === AZURE_SQL_DATABASE && facts.owner === 1);
  if (!name.mayCreate || !may) {
    const what = `Change Data Capture is not switched on in the database ${facts.database}.`;
    const who = facts.edition === AZURE_SQL_DATABASE ? 'db_owner' : 'sysadmin';
    throw new SluiceError('FEED_NOT_ENABLED', what, {
      remedy: name.mayCreate
        ? `It takes the role ${who}. Let a DBA run: ${ENABLE_DATABASE}`
        : `Run as ${who}: ${ENABLE_DATABASE}; or set enableCdc: true in the source's settings.`,
    });
  }
  try {
    await session.batch(ENABLE_DATABASE);
  } catch (error) {
    throw isCdcRefusal(error) ? refused(facts.database, error) : error;
  }
  return true;
}

function refused(database: string, error: unknown): SluiceError {
  const number = String(msNumberOf(error));
  const message = `The server refused to switch Change Data Capture on in ${database} (error ${number}).`;
  return new SluiceError('FEED_NOT_ENABLED', message, {
    remedy: `Let a DBA run: ${ENABLE_DATABASE}`,
    vendorCode: number,
  });
}

export interface NewInstance {
  readonly table: TableName;
  readonly name: string;
  /** The unique index that names a row; null: the primary key does. */
  readonly index: string | null;
}

/** Make an instance of all columns. Sessions on a source give way soon where a lock is taken. */
export async function enableInstance(
  session: MsSession,
  feed: FeedName,
  instance: NewInstance,
): Promise<void> {
  const { table, name, index } = instance;
  await session.batch(enableTableSql({ ...table, name, index, ...captureSettings(feed) }));
}

export async function disableInstance(session: MsSession, instance: Instance): Promise<void> {
  const { schema, table } = instance.table;
  await session.batch(disableTableSql(schema, table, instance.name));
}
