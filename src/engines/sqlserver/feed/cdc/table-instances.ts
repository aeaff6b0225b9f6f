import { z } from 'zod';
import { SluiceError, toSluiceError } from '../../../../core/errors.js';
import { displayName, sameTable, type TableName } from '../../../../core/names.js';
import type { FeedName } from '../../../contract/feed.js';
import type { MsSession, Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { readUncaptured } from './coverage.js';
import { disableInstance, enableInstance, isCdcRefusal, MOST_INSTANCES } from './enable.js';
import {
  carriesMark,
  firstInstanceName,
  MAX_LENGTH,
  nextInstanceName,
  parseInstanceName,
} from './instance-name.js';
import type { Instance } from './instances.js';
import { readInstances } from './instances.js';
import { inTurn } from './reader-locks.js';
import { captureSettings } from './settings.js';
import { enableTableSql, READ_ROW_KEY } from './sql/enable-sql.js';

const KEY_ROW = z.object({ name: z.string(), isPrimary: z.boolean() });

/**
 * See to it that each table has an instance of all its columns. One that is there is used, whoever
 * made it; of several targets that begin at once one makes it.
 *
 * @throws SluiceError FEED_NOT_ENABLED with the statement to run, KEY_MISSING, LOCK_TIMEOUT
 */
export async function addTables(
  session: MsSession,
  name: FeedName,
  tables: readonly TableName[],
): Promise<void> {
  const captured = await readCapturedTables(session.query);
  for (const table of tables) {
    const index = await rowKey(session, table);
    if (isWhole(captured, table)) continue;
    const add = async (): Promise<void> => {
      // Another worker may have made it since: two of one table would be all that there may be.
      const now = await readCapturedTables(session.query);
      if (isWhole(now, table)) return;
      const own = instancesOfTable(now, table);
      const missing = now.uncaptured.get(own.at(-1)?.id ?? 0) ?? [];
      await addInstance(session, name, { table, index, own, missing });
    };
    await (name.mayCreate ? inTurn(session, add) : add());
  }
}

interface CapturedTables {
  readonly instances: readonly Instance[];
  /** Columns that an instance leaves out, by its id. */
  readonly uncaptured: ReadonlyMap<number, readonly string[]>;
}

async function readCapturedTables(query: Query): Promise<CapturedTables> {
  return { instances: await readInstances(query), uncaptured: await readUncaptured(query) };
}

function instancesOfTable({ instances }: CapturedTables, table: TableName): Instance[] {
  return instances.filter((instance) => sameTable(instance.table, table));
}

function isWhole(captured: CapturedTables, table: TableName): boolean {
  return instancesOfTable(captured, table).some(({ id }) => !captured.uncaptured.has(id));
}

/** The instances that Sluice made for the feeds with these marks. */
export async function instancesOf(query: Query, marks: readonly string[]): Promise<Instance[]> {
  const all = await readInstances(query);
  return all.filter(({ name }) => marks.some((mark) => carriesMark(name, mark)));
}

/** Drop the instances that Sluice made for the feeds with these marks; others stay. */
export async function dropInstances(
  session: MsSession,
  marks: readonly string[],
): Promise<string[]> {
  const dropped: string[] = [];
  for (const instance of await instancesOf(session.query, marks)) {
    await disableInstance(session, instance);
    dropped.push(instance.name);
  }
  return dropped;
}

interface Wanted {
  readonly table: TableName;
  /** The unique index that names a row; null: the primary key does. */
  readonly index: string | null;
  readonly own: readonly Instance[];
  /** Columns that the newest of them leaves out. */
  readonly missing: readonly string[];
}

async function addInstance(session: MsSession, feed: FeedName, wanted: Wanted): Promise<void> {
  const { table, own, index } = wanted;
  const newest = own.findLast((instance) => parseInstanceName(instance.name) !== null);
  const name =
    newest === undefined ? firstInstanceName(feed, table) : nextInstanceName(newest.name);
  if (!feed.mayCreate) throw notEnabled(feed, wanted, null);
  if (own.length >= MOST_INSTANCES) throw noRoom(wanted);
  try {
    await enableInstance(session, feed, { table, name, index });
  } catch (thrown) {
    const error = toSluiceError(thrown);
    if (error.kind !== 'permanent' && !isCdcRefusal(thrown)) throw error;
    throw notEnabled(feed, wanted, error);
  }
}

function noRoom({ table, own }: Wanted): SluiceError {
  const names = own.map((instance) => instance.name).join(' and ');
  return new SluiceError(
    'FEED_NOT_ENABLED',
    `${displayName(table)} has two capture instances (${names}), which is all that the server allows, and none of them has all columns.`,
    {
      remedy: 'Drop the one that nobody reads: EXEC sys.sp_cdc_disable_table.',
      vendorCode: '22962',
    },
  );
}

function notEnabled(feed: FeedName, wanted: Wanted, error: SluiceError | null): SluiceError {
  const { table, own, index, missing } = wanted;
  const one = own.at(-1);
  const name = one === undefined ? null : `${table.schema}_${table.table}_2`.slice(0, MAX_LENGTH);
  const sql = enableTableSql({ ...table, name, index, ...captureSettings(feed) });
  const shown = displayName(table);
  const what =
    one === undefined
      ? `${shown} is not captured by Change Data Capture`
      : `The capture instance ${one.name} of ${shown} does not capture ${missing.join(', ')}`;
  const why = error === null ? '' : `, and Sluice may not change that: ${error.message}`;
  const allow = feed.mayCreate ? '' : "; or set enableCdc: true in the source's settings";
  return new SluiceError('FEED_NOT_ENABLED', `${what}${why.replace(/\.$/, '')}.`, {
    remedy: `Run: ${sql}${allow}.`,
    ...(error?.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
  });
}

async function rowKey(session: MsSession, table: TableName): Promise<string | null> {
  const rows = await session.query(READ_ROW_KEY, [
    param.nvarchar('schema', table.schema),
    param.nvarchar('table', table.table),
  ]);
  const [row] = rows;
  if (row === undefined) {
    throw new SluiceError(
      'KEY_MISSING',
      `${displayName(table)} has no key by which its change table could name a row.`,
      { remedy: 'Give it a primary key, or a unique index over columns that are NOT NULL.' },
    );
  }
  const { name, isPrimary } = KEY_ROW.parse(row);
  return isPrimary ? null : name;
}
