import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { DigestRequest } from '../../contract/verify.js';
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import type { SqlSession, Query } from '../sql-session.js';
import { keyArrays } from './key-values.js';
import {
  LOCK_LANE,
  deleteRowsSql,
  insertRowsSql,
  selectRowsSql,
  updateRowsSql,
} from './repair-sql.js';
import type { VerifyTable } from './verify-columns.js';
import { readVerifyTable } from './verify-columns.js';

const KEYS_PER_TRANSACTION = 200;

/**
 * Makes given rows of a target equal to the source's. While a batch is repaired the lane's row is
 * locked: what the lane applied before is in what is then read from the source, and what it applies
 * afterwards comes on top, so a repair can never bring back an older value for good. A commit that
 * the lane had but the source did not show yet is the exception: settle repaired keys again.
 */
export class PostgresRepair {
  constructor(
    private readonly source: SqlSession,
    private readonly target: SqlSession,
    /** Null where no lane writes to the table. */
    private readonly laneId: string | null,
  ) {}

  /** `keys` are canonical key texts. Counts written and deleted rows. */
  async repairRows(model: TableModel, target: TableName, keys: readonly string[]): Promise<number> {
    let written = 0;
    for (let start = 0; start < keys.length; start += KEYS_PER_TRANSACTION) {
      const some = keys.slice(start, start + KEYS_PER_TRANSACTION);
      written += await this.target.transaction(async (query) => {
        if (this.laneId !== null) await query(LOCK_LANE, [this.laneId]);
        await becomeReplicaInTransaction({ rows: query });
        return this.repairBatch(query, model, target, some);
      });
    }
    return written;
  }

  private async repairBatch(
    query: Query,
    model: TableModel,
    target: TableName,
    keys: readonly string[],
  ): Promise<number> {
    const table = await readVerifyTable(query, requestFor(model, target));
    const rows = await readSource(this.source, model, keys);
    const wanted = columnArrays(table, rows);
    const kept = table.key.map((key) => wanted[indexOf(table, key.name)] ?? []);
    const deleted = await query(deleteRowsSql(target, table.key), [
      ...keyArrays(table.key, keys),
      ...kept,
    ]);
    if (rows.length === 0) return deleted.length;
    const update = updateRowsSql(target, table.columns, table.key);
    if (update !== null) await query(update, wanted);
    await query(insertRowsSql(target, table.columns, table.key), wanted);
    return deleted.length + rows.length;
  }
}

async function readSource(
  source: SqlSession,
  model: TableModel,
  keys: readonly string[],
): Promise<readonly (string | null)[][]> {
  return source.run(async (query) => {
    const table = await readVerifyTable(query, requestFor(model, model.name));
    const rows = await query<{ cells: (string | null)[] }>(
      selectRowsSql(model.name, table.columns, table.key),
      keyArrays(table.key, keys),
    );
    return rows.map((row) => row.cells);
  });
}

function requestFor(model: TableModel, table: TableName): DigestRequest {
  const columns = model.columns.filter((column) => !column.generated).map((column) => column.name);
  return { table, columns, key: model.key ?? [], form: 'native', lastRows: null };
}

function columnArrays(
  table: VerifyTable,
  rows: readonly (readonly (string | null)[])[],
): (string | null)[][] {
  return table.columns.map((_, index) => rows.map((row) => row[index] ?? null));
}

function indexOf(table: VerifyTable, name: string): number {
  return table.columns.findIndex((column) => column.name === name);
}
