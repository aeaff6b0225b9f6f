/**
 * Change Tracking on and off: what the catalog holds of it; the rest is told to the feeds. Needed
 * by test/conformance/sqlserver/change-tracking: "needs a primary key (4997)" and
 * test/conformance/sqlserver/change-tracking: "begins anew where it was off and on".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext, TableInfo } from '../../engine/catalog-seam.js';
import type { AlterTableAction } from '../../tsql/ast.js';
import type { Feeds } from '../feeds-seam.js';
import { describe, tableOf } from '../lookup.js';
import type { TableTarget } from './add-column.js';

type Tracking = Extract<AlterTableAction, { kind: 'changeTracking' }>;

interface State {
  readonly database: boolean;
  readonly table: boolean;
  readonly key: boolean;
  readonly rowversion: boolean;
}

export async function trackTable(
  context: SessionContext,
  table: TableTarget,
  { on, trackColumns }: Tracking,
  feeds: Feeds,
): Promise<void> {
  const [state] = await context.query<State>(
    `SELECT d.tracking_period IS NOT NULL AS database, t.tracking IS NOT NULL AS table,
       EXISTS (SELECT FROM ms.indexes AS i WHERE i.object_id = t.id AND i.is_primary) AS key,
       EXISTS (SELECT FROM ms.indexes AS i JOIN ms.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.id
         JOIN ms.columns AS c ON c.object_id = x.object_id AND c.id = x.column_id
         WHERE i.object_id = t.id AND i.is_primary AND c.type = 'timestamp') AS rowversion
     FROM ms.tables AS t, ms.databases AS d WHERE t.id = $1 AND d.id = $2`,
    [table.id, table.place.database.id],
  );
  if (state === undefined) throw new Error('a table is described');
  refuse(table.place.name, state, on);
  await context.query('UPDATE ms.tables SET tracking = $2 WHERE id = $1', [
    table.id,
    on ? trackColumns : null,
  ]);
  await feeds.tableTracking(context, await infoOf(context, table.id), on);
}

function refuse(name: string, state: State, on: boolean): void {
  if (!on && !state.table) {
    throw new SqlError(4998, `Change tracking is not enabled on table '${name}'.`);
  }
  if (!on) return;
  if (!state.database) {
    throw new SqlError(
      22_105,
      `Change tracking is not enabled on the database of table '${name}'.`,
    );
  }
  if (state.table) {
    throw new SqlError(4996, `Change tracking is already enabled for table '${name}'.`);
  }
  if (!state.key) {
    throw new SqlError(
      4997,
      `Cannot enable change tracking on table '${name}'. Change tracking requires a primary key on the table. Create a primary key on the table before enabling change tracking.`,
    );
  }
  if (state.rowversion) {
    throw new SqlError(
      4999,
      `Cannot enable change tracking on table '${name}'. Change tracking does not support a primary key of type timestamp on a table.`,
    );
  }
}

export async function infoOf(context: SessionContext, tableId: number): Promise<TableInfo> {
  const row = await describe(context, tableId);
  const info = row === undefined ? undefined : await tableOf(context, row);
  if (info === undefined) throw new Error('a table is described');
  return info;
}
