/**
 * CREATE, ALTER and DROP DATABASE. Needed by test/conformance/sqlserver/catalogue-meaning: "are off
 * (0), then on (1)", test/conformance/sqlserver/catalogue-meaning: "keep changes for so many
 * minutes (1)", test/conformance/sqlserver/definitions: "CREATE DATABASE master" and
 * test/conformance/sqlserver/read-only: "that is read-only refuses".
 */
import { SqlError } from '../../backend.js';
import type { DatabaseInfo, SessionContext } from '../../engine/catalog-seam.js';
import { collation as checkCollation } from '../../engine/types/collation.js';
import type { AlterDatabaseAction, DatabaseDefinition, DatabaseOption } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import type { Feeds } from '../feeds-seam.js';
import { findDatabase } from '../lookup.js';
import { permitInDatabase, permitOnServer } from '../permissions.js';

export async function defineDatabase(
  context: SessionContext,
  definition: DatabaseDefinition,
  feeds: Feeds,
): Promise<void> {
  if (definition.kind === 'createDatabase') {
    await createDatabase(context, definition.name, definition.collation);
    return;
  }
  const { name, action } = definition;
  const database = name === null ? context.database : await findDatabase(context, name);
  await permitInDatabase(context, database, 'ALTER');
  await alter(context, database, action, feeds);
  context.catalogChanged();
}

async function createDatabase(
  context: SessionContext,
  name: string,
  collation: string | null,
): Promise<void> {
  const denied = new SqlError(262, "CREATE DATABASE permission denied in database 'master'.", {
    level: 14,
  });
  await permitOnServer(context, 'CREATE ANY DATABASE', denied);
  const [existing] = await context.query('SELECT FROM ms.databases WHERE lower(name) = lower($1)', [
    name,
  ]);
  if (existing !== undefined) {
    throw new SqlError(
      1801,
      `Database '${name}' already exists. Choose a different database name.`,
      { state: 3 },
    );
  }
  if (collation !== null) checkCollation(collation);
  await context.query(
    `SELECT ms.create_database(nextval('ms.database_ids')::integer, $1,
       coalesce($2, (SELECT coll FROM ms.databases WHERE id = 1)))`,
    [name, collation],
  );
  context.catalogChanged();
}

/** False where there is none of that name. */
export async function dropDatabase(context: SessionContext, name: string): Promise<boolean> {
  const [row] = await context.query<{ id: number }>(
    'SELECT id FROM ms.databases WHERE lower(name) = lower($1)',
    [name],
  );
  if (row === undefined) return false;
  if (row.id < 5)
    throw new SqlError(3708, `Cannot drop the database '${name}' because it is a system database.`);
  if (row.id === context.database.id) {
    throw new SqlError(3702, `Cannot drop database "${name}" because it is currently in use.`, {
      state: 4,
    });
  }
  await context.query('SELECT ms.drop_database($1)', [row.id]);
  return true;
}

async function alter(
  context: SessionContext,
  database: DatabaseInfo,
  action: AlterDatabaseAction,
  feeds: Feeds,
): Promise<void> {
  switch (action.kind) {
    case 'set':
      for (const option of action.options) await setOption(context, database, option, feeds);
      return;
    case 'addFilegroup':
      await context.query(
        `INSERT INTO ms.filegroups (db, id, name)
         SELECT $1, max(id) + 1, $2 FROM ms.filegroups WHERE db = $1`,
        [database.id, action.name],
      );
      return;
    case 'addFile':
      return;
    default:
      throw notModelled(`${action.kind} of ALTER DATABASE`);
  }
}

const SWITCHES: Readonly<Record<string, string>> = {
  ALLOW_SNAPSHOT_ISOLATION: 'snapshot',
  READ_COMMITTED_SNAPSHOT: 'read_committed_snapshot',
};
async function setOption(
  context: SessionContext,
  database: DatabaseInfo,
  option: DatabaseOption,
  feeds: Feeds,
): Promise<void> {
  const { name, value } = option;
  const flag = SWITCHES[name];
  if (flag !== undefined) return update(context, database, flag, value === 'ON');
  switch (name) {
    case 'CHANGE_TRACKING':
      return setTracking(context, database, option, feeds);
    case 'SINGLE_USER':
      return update(context, database, 'single_user', true);
    case 'READ_ONLY':
    case 'READ_WRITE':
      return update(context, database, 'read_only', name === 'READ_ONLY');
    default:
      throw notModelled(`ALTER DATABASE … SET ${name}`);
  }
}

async function update(
  context: SessionContext,
  database: DatabaseInfo,
  column: string,
  value: boolean,
): Promise<void> {
  await context.query(`UPDATE ms.databases SET ${column} = $2 WHERE id = $1`, [database.id, value]);
}

const UNITS: Readonly<Record<string, number>> = { MINUTES: 1, HOURS: 2, DAYS: 3 };

async function setTracking(
  context: SessionContext,
  database: DatabaseInfo,
  { value, details }: DatabaseOption,
  feeds: Feeds,
): Promise<void> {
  const [row] = await context.query<{ on: boolean; tables: number }>(
    `SELECT d.tracking_period IS NOT NULL AS on, (SELECT count(*)::integer FROM ms.tables AS t
        JOIN ms.objects AS o ON o.id = t.id WHERE o.db = d.id AND t.tracking IS NOT NULL) AS tables
       FROM ms.databases AS d WHERE d.id = $1`,
    [database.id],
  );
  if (value === 'OFF') {
    if ((row?.tables ?? 0) > 0) {
      throw new SqlError(
        22_115,
        `Change tracking is enabled for one or more tables in database '${database.name}'. Disable change tracking on each table before disabling it for the database. Use the sys.change_tracking_tables catalog view to obtain a list of tables for which change tracking is enabled.`,
      );
    }
    await writeTracking(context, database, null, null, null);
    await feeds.databaseTracking(context, database, false);
    return;
  }
  if (value === 'ON' && row?.on === true) {
    throw new SqlError(5088, `Change tracking is already enabled for database '${database.name}'.`);
  }
  const retention = details.find(({ name }) => name === 'CHANGE_RETENTION')?.value ?? '2 DAYS';
  const cleanup = details.find(({ name }) => name === 'AUTO_CLEANUP')?.value ?? 'ON';
  const [period = '2', unit = 'DAYS'] = retention.split(' ');
  await writeTracking(context, database, Number(period), UNITS[unit] ?? 3, cleanup === 'ON');
  if (row?.on !== true) await feeds.databaseTracking(context, database, true);
}

async function writeTracking(
  context: SessionContext,
  database: DatabaseInfo,
  period: number | null,
  units: number | null,
  cleanup: boolean | null,
): Promise<void> {
  await context.query(
    'UPDATE ms.databases SET tracking_period = $2, tracking_units = $3, tracking_cleanup = $4 WHERE id = $1',
    [database.id, period, units, cleanup],
  );
}
