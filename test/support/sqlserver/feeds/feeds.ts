/**
 * What definitions, TRUNCATE and SWITCH do to the feeds
 * (test/conformance/sqlserver/change-data-capture: "does not learn of a new column",
 * test/conformance/sqlserver/change-data-capture: "is refused with @allow_partition_switch = 0",
 * test/conformance/sqlserver/change-tracking: "begins anew with a TRUNCATE").
 */
import { readFile, readdir } from 'node:fs/promises';
import { SqlError } from '../backend.js';
import type { Feeds } from '../catalog/feeds-seam.js';
import type { SessionContext, TableInfo } from '../engine/catalog-seam.js';
import { changesOf } from './changes.js';
import { feedProcedure } from './procedures/index.js';
import { feedFunction } from './scalars.js';

/** CDC and Change Tracking; both read the one log that sql/10-log.sql describes. */
export const FEEDS: Feeds = {
  setUp: async (run) => {
    const folder = new URL('sql/', import.meta.url);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    for (const file of files) await run(await readFile(new URL(file, folder), 'utf8'));
  },
  tableTracking: async (context, { database, objectId }, on) => {
    await context.query(
      on
        ? `SELECT feed.track($1, $2, (SELECT t.tracking FROM ms.tables AS t WHERE t.id = $2))`
        : `SELECT feed.untrack($1, $2)`,
      [database.id, objectId],
    );
  },
  databaseTracking: async () => undefined,
  truncated: async (context, { database, objectId }) => {
    await context.query(
      `SELECT feed.mark($1, $2, 't') FROM feed.tracked AS t WHERE t.object_id = $2`,
      [database.id, objectId],
    );
  },
  tableChanged: async (context, objectId, text) => {
    await context.query('SELECT feed.table_changed($1, $2, $3)', [
      context.database.id,
      objectId,
      text,
    ]);
  },
  switching: async (context, source, target) => {
    await refuseSwitch(context, source, 22_843, 'source');
    await refuseSwitch(context, target, 22_842, 'destination');
  },
  rowSource: async (context, source, args) =>
    source.kind === 'changes' ? changesOf(context, source.table, args[0]) : undefined,
  scalar: feedFunction,
  procedure: feedProcedure,
};

/** An instance made with @allow_partition_switch = 0 keeps its table from being switched. */
async function refuseSwitch(
  context: SessionContext,
  table: TableInfo,
  number: number,
  role: string,
): Promise<void> {
  const [held] = await context.query(
    'SELECT FROM feed.instances AS i WHERE i.source = $1 AND NOT i.partition_switch',
    [table.objectId],
  );
  if (held === undefined) return;
  throw new SqlError(
    number,
    `ALTER TABLE SWITCH statement failed because the partitioned ${role} table '${table.name}' is enabled for Change Data Capture with @allow_partition_switch set to 0.`,
  );
}
