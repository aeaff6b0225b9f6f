import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { MsCheck, MsForeignKey, MsProperty, MsReferentialAction } from './model.js';
import { coded, flag, groupBy, idsParam, readRows } from './read-rows.js';
import { CHECKS, FOREIGN_KEYS } from './sql/constraints.js';
import { TABLE_PROPERTIES } from './sql/properties.js';

/** By number (test/conformance/sqlserver/catalogue-meaning: "have actions by number"). */
const ACTIONS: Readonly<Record<number, MsReferentialAction>> = {
  0: 'NO ACTION',
  1: 'CASCADE',
  2: 'SET NULL',
  3: 'SET DEFAULT',
};

const checkRow = z.object({
  tableId: z.number(),
  id: z.number(),
  name: z.string(),
  definition: z.string().nullable(),
  disabled: flag,
  notTrusted: flag,
  notForReplication: flag,
});

const foreignKeyRow = z.object({
  tableId: z.number(),
  id: z.number(),
  name: z.string(),
  referencedId: z.number(),
  referencedSchema: z.string(),
  referencedTable: z.string(),
  disabled: flag,
  notTrusted: flag,
  notForReplication: flag,
  onDelete: coded(ACTIONS, 'NO ACTION'),
  onUpdate: coded(ACTIONS, 'NO ACTION'),
  column: z.string(),
  referencedColumn: z.string(),
});
type ForeignKeyRow = z.infer<typeof foreignKeyRow>;

const propertyRow = z.object({
  tableId: z.number(),
  name: z.string(),
  valueType: z.string().nullable(),
  value: z.string().nullable(),
  column: z.string().nullable(),
  index: z.string().nullable(),
  constraint: z.string().nullable(),
});

export async function readChecks(
  query: Query,
  ids: readonly number[] | null,
): Promise<Map<number, MsCheck[]>> {
  const rows = await readRows(query, CHECKS, checkRow, [idsParam(ids)]);
  const checks = rows.map(({ tableId, ...check }) => ({ tableId, check }));
  const byTable = groupBy(checks, ({ tableId }) => tableId);
  return new Map([...byTable].map(([id, group]) => [id, group.map(({ check }) => check)]));
}

export async function readForeignKeys(
  query: Query,
  ids: readonly number[] | null,
): Promise<Map<number, MsForeignKey[]>> {
  const pairs = await readRows(query, FOREIGN_KEYS, foreignKeyRow, [idsParam(ids)]);
  const keys = [...groupBy(pairs, ({ id }) => id).values()].flatMap(toForeignKey);
  const byTable = groupBy(keys, ({ tableId }) => tableId);
  return new Map([...byTable].map(([id, group]) => [id, group.map(({ key }) => key)]));
}

function toForeignKey(pairs: readonly ForeignKeyRow[]): { tableId: number; key: MsForeignKey }[] {
  const [first] = pairs;
  if (first === undefined) return [];
  const {
    tableId,
    referencedSchema,
    referencedTable,
    column: _1,
    referencedColumn: _2,
    ...rest
  } = first;
  const key = {
    ...rest,
    columns: pairs.map(({ column }) => column),
    references: { schema: referencedSchema, table: referencedTable },
    referencedColumns: pairs.map(({ referencedColumn }) => referencedColumn),
  };
  return [{ tableId, key }];
}

/** A property without a value says nothing and is left out. */
export async function readProperties(
  query: Query,
  ids: readonly number[] | null,
): Promise<Map<number, MsProperty[]>> {
  const rows = await readRows(query, TABLE_PROPERTIES, propertyRow, [idsParam(ids)]);
  const properties = rows.flatMap(({ tableId, value, valueType, ...rest }) =>
    value === null ? [] : [{ tableId, property: { ...rest, value, valueType: valueType ?? '' } }],
  );
  const byTable = groupBy(properties, ({ tableId }) => tableId);
  return new Map([...byTable].map(([id, group]) => [id, group.map(({ property }) => property)]));
}
