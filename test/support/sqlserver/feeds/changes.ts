/**
 * CHANGETABLE(CHANGES …): the net changes of a table, read in the reader's own snapshot
 * (test/conformance/sqlserver/change-tracking: "has one row a key, with what came of all its
 * changes", test/conformance/sqlserver/change-tracking: "takes a changed key for a delete and an
 * insert", test/conformance/sqlserver/change-tracking: "is refused a table that is not tracked
 * (22105)").
 */
import { SqlError } from '../backend.js';
import type { MsType } from '../backend.js';
import { findTable } from '../catalog/lookup.js';
import { mayObject } from '../catalog/permissions.js';
import type { ColumnInfo, RowSource, SessionContext, TableInfo } from '../engine/catalog-seam.js';
import type { Printed } from '../engine/print/printed.js';
import { collation } from '../engine/types/collation.js';
import { BIGINT, binary, string } from '../engine/types/ms-types.js';
import type { Name } from '../tsql/ast.js';

export async function changesOf(
  context: SessionContext,
  name: Name,
  since: Printed | undefined,
): Promise<RowSource> {
  const table = await trackedTable(context, name);
  const [row] = await context.query<{ keys: string[] }>('SELECT feed.keys($1) AS keys', [
    table.objectId,
  ]);
  const keys = (row?.keys ?? []).flatMap((pg) => table.columns.find((one) => one.pg === pg) ?? []);
  const text = collation(table.database.collation).pg;
  const own = keys.map(({ pg }) => `r.${pg} AS k_${pg}`);
  const id = String(table.objectId);
  return {
    sql: `SELECT x.version, x.creation, x.op::bpchar COLLATE ${text} AS op, x.mask,
        NULL::bytea AS context${own.map((each) => `, ${each}`).join('')}
      FROM feed.changes(${id}, (${since?.sql ?? 'NULL'})::bigint) AS x
      CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.pg}, x.key) AS r`,
    columns: [
      column(1, 'SYS_CHANGE_VERSION', 'version', BIGINT),
      column(2, 'SYS_CHANGE_CREATION_VERSION', 'creation', BIGINT),
      column(3, 'SYS_CHANGE_OPERATION', 'op', string('nchar', 1, table.database.collation)),
      column(4, 'SYS_CHANGE_COLUMNS', 'mask', binary('varbinary', 4100)),
      column(5, 'SYS_CHANGE_CONTEXT', 'context', binary('varbinary', 128)),
      ...keys.map((key, at) => column(6 + at, key.name, `k_${key.pg}`, key.type)),
    ],
  };
}

function column(id: number, name: string, pg: string, type: MsType): ColumnInfo {
  return { id, name, pg, type, nullable: true };
}

/** Throws 208, 22105 and 229. */
async function trackedTable(context: SessionContext, name: Name): Promise<TableInfo> {
  const table = await findTable(context, name);
  if (table === undefined) throw new SqlError(208, `Invalid object name '${name.join('.')}'.`);
  const [tracked] = await context.query('SELECT FROM feed.tracked WHERE object_id = $1', [
    table.objectId,
  ]);
  if (tracked === undefined) {
    throw new SqlError(22_105, `Change tracking is not enabled on table '${table.name}'.`);
  }
  const { database, objectId } = table;
  if (!(await mayObject(context, database.id, objectId, 'VIEW CHANGE TRACKING'))) {
    throw new SqlError(
      229,
      `The VIEW CHANGE TRACKING permission was denied on the object '${table.name}', database '${database.name}', schema '${table.schema}'.`,
      { level: 14, state: 71 },
    );
  }
  return table;
}
