import { z } from 'zod';
import type { TableName } from '../../../../core/names.js';
import { displayName, sameTable } from '../../../../core/names.js';
import type { Shape } from '../../../../core/change.js';
import type { Query } from '../../sql-session.js';
import type { ChangeForm, WireColumn } from '../wire-column.js';
import { formatsOf, goesAsText, wireColumn } from '../wire-column.js';
import type { ChangesTable } from './sql/changes-sql.js';
import { READ_TRACKED, READ_TRACKED_COLUMNS } from './sql/state-sql.js';

/** A table with Change Tracking on. */
export interface TrackedTable {
  readonly id: number;
  readonly name: TableName;
  readonly beginVersion: bigint;
  /** The earliest version from which its changes are whole; null: hidden from this login. */
  readonly minValid: bigint | null;
}

/** How its changes are read and what they look like. */
export interface TrackedColumns {
  readonly shape: Shape;
  readonly columns: readonly WireColumn[];
  readonly formats: Uint8Array;
  /** Places of the key's columns in the shape. */
  readonly key: readonly number[];
  readonly sql: ChangesTable;
}

const TABLE_ROW = z.object({
  id: z.number(),
  schema: z.string(),
  table: z.string(),
  beginVersion: z.coerce.bigint(),
  minValid: z.coerce.bigint().nullable(),
});

const COLUMN_ROW = z.object({
  tableId: z.number(),
  name: z.string(),
  typeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  isKey: z.number(),
});

type ColumnRow = z.infer<typeof COLUMN_ROW>;

/** @param wanted null: all */
export async function readTracked(
  query: Query,
  wanted: readonly TableName[] | null,
): Promise<TrackedTable[]> {
  const tables = (await query(READ_TRACKED)).map((row) => {
    const { id, schema, table, beginVersion, minValid } = TABLE_ROW.parse(row);
    return { id, name: { schema, table }, beginVersion, minValid };
  });
  if (wanted === null) return tables;
  const names = new Set(wanted.map(displayName));
  return tables.filter(
    ({ name }) => names.has(displayName(name)) && wanted.some((one) => sameTable(one, name)),
  );
}

/** Columns of all tracked tables as they are now, by the table's id. */
export async function readTrackedColumns(
  query: Query,
  tables: readonly TrackedTable[],
  form: ChangeForm,
): Promise<Map<number, TrackedColumns>> {
  const rows = (await query(READ_TRACKED_COLUMNS)).map((row) => COLUMN_ROW.parse(row));
  const byTable = new Map<number, ColumnRow[]>();
  for (const row of rows) {
    const known = byTable.get(row.tableId);
    if (known === undefined) byTable.set(row.tableId, [row]);
    else known.push(row);
  }
  return new Map(
    tables.map((table) => [table.id, describe(table.name, byTable.get(table.id) ?? [], form)]),
  );
}

function describe(table: TableName, rows: readonly ColumnRow[], form: ChangeForm): TrackedColumns {
  const columns = rows.map((row) => {
    const { name, typeName, maxLength, precision, scale } = row;
    const type = { name: typeName, maxLength, precision, scale };
    const asText = goesAsText(form, table, { name, type, key: row.isKey === 1 });
    return wireColumn(name, type, form.wire, asText);
  });
  const key = rows.flatMap((row, index) => (row.isKey === 1 ? [index] : []));
  const shape: Shape = {
    table,
    columns: rows.map((row, index) => ({
      name: row.name,
      key: row.isKey === 1,
      type: columns[index]?.type ?? '',
    })),
    wire: form.wire,
  };
  const sql: ChangesTable = {
    table,
    key: rows.filter((row) => row.isKey === 1).map((row) => row.name),
    row: columns.map((column) => column.expression('t')),
    keyValues: key.map((index) => columns[index]?.expression('c') ?? ''),
  };
  return { shape, columns, formats: formatsOf(columns), key, sql };
}

/** Shapes compare by identity, so one that is the same as before stays. */
export function keepShapes(
  before: ReadonlyMap<number, TrackedColumns>,
  now: ReadonlyMap<number, TrackedColumns>,
): Map<number, TrackedColumns> {
  return new Map(
    [...now].map(([id, columns]) => {
      const known = before.get(id);
      const same =
        known !== undefined && JSON.stringify(known.shape) === JSON.stringify(columns.shape);
      return [id, same ? { ...columns, shape: known.shape } : columns];
    }),
  );
}
