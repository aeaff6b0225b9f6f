/**
 * The checks that SWITCH reads. Needed by test/conformance/sqlserver/partitions: "is refused
 * without a CHECK that proves the range".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Side } from './switch.js';

export interface CheckRow {
  readonly name: string;
  readonly column: number;
  readonly definition: string;
  readonly disabled: boolean;
  readonly notTrusted: boolean;
  readonly notForReplication: boolean;
}

/** The CHECK constraints of one side, in the order in which they were made. */
export async function checksOf(
  context: SessionContext,
  { table }: Side,
): Promise<readonly CheckRow[]> {
  return context.query<CheckRow>(
    `SELECT o.name, d.column_id AS column, d.definition, d.disabled, d.not_trusted AS "notTrusted",
       d.not_for_replication AS "notForReplication"
     FROM ms.objects AS o JOIN ms.definitions AS d ON d.id = o.id WHERE o.parent = $1 AND o.type = 'C' ORDER BY o.id`,
    [table.id],
  );
}
