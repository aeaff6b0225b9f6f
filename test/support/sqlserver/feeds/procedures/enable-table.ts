/**
 * sp_cdc_enable_table (test/conformance/sqlserver/change-data-capture: "is one of two at most
 * (22962)", test/conformance/sqlserver/change-data-capture: "is refused with
 * @allow_partition_switch = 0").
 */
import { SqlError } from '../../backend.js';
import { Arguments } from '../../catalog/procedures/arguments.js';
import { findTable } from '../../catalog/lookup.js';
import type { ProcedureCall, SessionContext, TableInfo } from '../../engine/catalog-seam.js';
import { requireOwnerOfCaptured } from './rights.js';

const DECLARED = [
  '@source_schema',
  '@source_name',
  '@role_name',
  '@capture_instance',
  '@supports_net_changes',
  '@index_name',
  '@captured_column_list',
  '@filegroup_name',
  '@allow_partition_switch',
];
const LONGEST_NAME = 100;

interface Key {
  readonly name: string;
  readonly ids: readonly number[];
}

/** Throws 22901, 22904, 22926, 22927, 22931, 22939 and 22962. */
export async function enableTable(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_cdc_enable_table', call, DECLARED);
  await requireOwnerOfCaptured(context);
  const [schema, name] = [args.required('@source_schema'), args.required('@source_name')];
  const table = await findTable(context, [schema, name]);
  if (table?.kind !== 'table') {
    throw new SqlError(22_931, `Source table '${schema}.${name}' does not exist in this database.`);
  }
  const instance = args.text('@capture_instance') ?? `${table.schema}_${table.name}`;
  await refuse(context, table, instance);
  const key = await keyOf(context, table, args.text('@index_name'));
  const net = args.text('@supports_net_changes');
  if (net === '1' && key === undefined) {
    throw new SqlError(
      22_939,
      `The parameter @supports_net_changes is set to 1, but the source table does not have a primary key defined and no alternate unique index has been specified.`,
    );
  }
  await context.query('SELECT feed.enable_instance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    context.database.id,
    table.objectId,
    instance,
    captured(table, args.text('@captured_column_list')),
    key?.ids ?? [],
    net === null ? key !== undefined : net === '1',
    args.text('@role_name'),
    key?.name ?? null,
    args.text('@filegroup_name'),
    args.text('@allow_partition_switch') !== '0',
  ]);
  context.catalogChanged();
}

async function refuse(context: SessionContext, table: TableInfo, instance: string): Promise<void> {
  if (instance.length > LONGEST_NAME) {
    throw new SqlError(22_927, `The capture instance name '${instance}' exceeds the length limit.`);
  }
  const [row] = await context.query<{ taken: boolean; instances: number }>(
    `SELECT EXISTS (SELECT FROM feed.instances AS i WHERE i.db = $1 AND lower(i.name) = lower($2)) AS taken,
       (SELECT count(*)::integer FROM feed.instances AS i WHERE i.source = $3) AS instances`,
    [context.database.id, instance, table.objectId],
  );
  if (row?.taken === true) {
    throw new SqlError(
      22_926,
      `Could not create a capture instance because the capture instance name '${instance}' already exists in the current database. Specify an explicit unique name for the parameter @capture_instance.`,
    );
  }
  if ((row?.instances ?? 0) < 2) return;
  throw new SqlError(
    22_962,
    `Two capture instances already exist for source table '${table.schema}.${table.name}'. A table can have at most two capture instances. If the current tracking options are not appropriate, disable change tracking for the obsolete instance by using sys.sp_cdc_disable_table and retry the operation.`,
  );
}

/** The named unique index, else the primary key. */
async function keyOf(
  context: SessionContext,
  table: TableInfo,
  index: string | null,
): Promise<Key | undefined> {
  const [row] = await context.query<Key>(
    `SELECT i.name, array_agg(c.column_id ORDER BY c.key_ordinal) AS ids
     FROM ms.indexes AS i JOIN ms.index_columns AS c ON c.object_id = i.object_id AND c.index_id = i.id
     WHERE i.object_id = $1 AND c.key_ordinal > 0 AND i.is_unique
       AND CASE WHEN $2::text IS NULL THEN i.is_primary ELSE lower(i.name) = lower($2) END
     GROUP BY i.id, i.name`,
    [table.objectId, index],
  );
  if (row !== undefined || index === null) return row;
  throw new SqlError(22_937, `The index '${index}' is no unique index of the source table.`);
}

function captured(table: TableInfo, list: string | null): number[] {
  if (list === null) return table.columns.map((column) => column.id);
  const names = list.split(',').map((part) => part.trim().replace(/^\[(.*)\]$/, '$1'));
  const wanted = new Set(names.map((part) => part.toLowerCase()));
  return table.columns.flatMap(({ id, name }) => (wanted.has(name.toLowerCase()) ? [id] : []));
}
