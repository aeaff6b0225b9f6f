/**
 * TRUNCATE TABLE. Needed by test/conformance/sqlserver/identity: "starts at its seed again after
 * TRUNCATE", test/conformance/sqlserver/partitions: "is refused out of a table whose keys a foreign
 * key refers to" and test/conformance/sqlserver/change-data-capture: "keeps its table from
 * TRUNCATE".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Statement } from '../../tsql/ast.js';
import type { Feeds } from '../feeds-seam.js';
import { truncatePartitions } from '../partitions/truncate.js';
import type { TableTarget } from './add-column.js';
import { tableTarget } from './table-target.js';
import { infoOf } from './tracking.js';

type Truncate = Extract<Statement, { kind: 'truncate' }>;

/** 4712 also for a disabled foreign key; one of the table to itself does not matter. */
export async function truncate(
  context: SessionContext,
  { table: name, partitions }: Truncate,
  feeds: Feeds,
): Promise<void> {
  const table = await tableTarget(context, name, 4701);
  await refuse(context, table);
  if (partitions !== null) {
    await truncatePartitions(context, table, partitions);
    return;
  }
  await context.query(`TRUNCATE ${table.pg}`);
  for (const { identity } of table.columns) {
    if (identity !== undefined) await context.query(`ALTER SEQUENCE ${identity.sequence} RESTART`);
  }
  await feeds.truncated(context, await infoOf(context, table.id));
}

async function refuse(context: SessionContext, table: TableTarget): Promise<void> {
  const [row] = await context.query<{ referenced: boolean; cdc: boolean }>(
    `SELECT EXISTS (SELECT FROM ms.foreign_keys AS f WHERE f.referenced = $1 AND f.parent <> $1) AS referenced,
       (SELECT t.cdc FROM ms.tables AS t WHERE t.id = $1) AS cdc`,
    [table.id],
  );
  const { name } = table.place;
  if (row?.cdc === true) {
    throw new SqlError(
      4711,
      `Cannot truncate table '${name}' because it is published for replication or enabled for Change Data Capture.`,
    );
  }
  if (row?.referenced !== true) return;
  throw new SqlError(
    4712,
    `Cannot truncate table '${name}' because it is being referenced by a FOREIGN KEY constraint.`,
  );
}
