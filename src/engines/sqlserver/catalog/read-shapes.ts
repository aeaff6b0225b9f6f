import type { TableName } from '../../../core/names.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { readChecks, readForeignKeys, readProperties } from './constraint-rows.js';
import { readIndexes } from './index-rows.js';
import type { MsIndex, MsTraits } from './model.js';
import { MsTable } from './model.js';
import type { MsPartitionScheme } from './object-model.js';
import { readSchemes } from './partition-rows.js';
import { groupBy, idsParam, namesParam, readRows } from './read-rows.js';
import type { ObjectPool } from './required-objects.js';
import { requiredObjects } from './required-objects.js';
import { readServerFacts } from './server-facts.js';
import { COLUMNS } from './sql/columns.js';
import { FILTERED_TABLES, GRAPH_TABLES, LEDGER_TABLES, SIZES, TABLES } from './sql/tables.js';
import type { TableRow } from './table-rows.js';
import { columnRow, idRow, sizeRow, tableRow } from './table-rows.js';

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

export interface TableShape {
  readonly table: MsTable;
  readonly size: TableSize;
}

const FIRST_WITH_GRAPHS = 14;
const FIRST_WITH_LEDGERS = 16;
const UNKNOWN_SIZE: TableSize = { rows: 0, bytes: 0 };

/**
 * The tables as the catalogue has them. `only` is compared as the database compares names, so
 * tables whose names differ just in case may be among them.
 */
export async function readShapes(
  query: Query,
  wanted: { readonly only: readonly TableName[] | null; readonly pool: ObjectPool | null },
): Promise<TableShape[]> {
  const rows = await readRows(query, TABLES, tableRow, [namesParam(wanted.only)]);
  if (rows.length === 0) return [];
  const ids = wanted.only === null ? null : rows.map(({ id }) => id);
  const columns = await readRows(query, COLUMNS, columnRow, [idsParam(ids)]);
  const columnsOf = groupBy(columns, ({ tableId }) => tableId);
  const sizes =
    (await unlessHidden(async () => readRows(query, SIZES, sizeRow, [idsParam(ids)]))) ?? [];
  const sizeOf = new Map(sizes.map((size) => [size.id, size]));
  const parts = await readParts(query, ids);
  return rows.map((row) => {
    const { id, schema, table: name, created } = row;
    const own = (columnsOf.get(id) ?? []).map(({ column }) => column);
    const indexes = parts.indexes.get(id) ?? [];
    const checks = parts.checks.get(id) ?? [];
    const table = new MsTable({
      ...{ id, name: { schema, table: name }, created, columns: own, indexes },
      checks,
      foreignKeys: parts.foreignKeys.get(id) ?? [],
      properties: parts.properties.get(id) ?? [],
      traits: traitsOf(row, parts.kinds),
      schemes: schemesOf(indexes, parts.schemes),
      requires:
        wanted.pool === null ? [] : requiredObjects({ id, columns: own, checks }, wanted.pool),
    });
    return { table, size: sizeOf.get(id) ?? UNKNOWN_SIZE };
  });
}

async function readParts(
  query: Query,
  ids: readonly number[] | null,
): Promise<{
  indexes: Awaited<ReturnType<typeof readIndexes>>;
  checks: Awaited<ReturnType<typeof readChecks>>;
  foreignKeys: Awaited<ReturnType<typeof readForeignKeys>>;
  properties: Awaited<ReturnType<typeof readProperties>>;
  schemes: MsPartitionScheme[];
  kinds: SpecialTables;
}> {
  return {
    indexes: await readIndexes(query, ids),
    checks: await readChecks(query, ids),
    foreignKeys: await readForeignKeys(query, ids),
    properties: await readProperties(query, ids),
    schemes: await readSchemes(query),
    kinds: await readSpecialTables(query),
  };
}

interface SpecialTables {
  readonly graph: ReadonlySet<number>;
  readonly ledger: ReadonlySet<number>;
  readonly filtered: ReadonlySet<number>;
}

/** Older versions have neither the kinds nor the columns that tell them. */
async function readSpecialTables(query: Query): Promise<SpecialTables> {
  const { major } = await readServerFacts(query);
  const ids = async (sql: string): Promise<ReadonlySet<number>> => {
    const rows = await unlessHidden(async () => readRows(query, sql, idRow));
    return new Set((rows ?? []).map(({ id }) => id));
  };
  return {
    graph: major >= FIRST_WITH_GRAPHS ? await ids(GRAPH_TABLES) : new Set(),
    ledger: major >= FIRST_WITH_LEDGERS ? await ids(LEDGER_TABLES) : new Set(),
    filtered: await ids(FILTERED_TABLES),
  };
}

function traitsOf(row: TableRow, kinds: SpecialTables): MsTraits {
  const { temporal, memoryOptimized, fileTable, cdc, changeTracking } = row;
  const { maySelect, mayViewDefinition, mayViewChanges, mayUnmask } = row;
  return {
    ...{ temporal, memoryOptimized, fileTable, cdc, changeTracking },
    ...{ maySelect, mayViewDefinition, mayViewChanges, mayUnmask },
    external: row.isExternal,
    graph: kinds.graph.has(row.id),
    ledger: kinds.ledger.has(row.id),
    filtered: kinds.filtered.has(row.id),
  };
}

function schemesOf(
  indexes: readonly MsIndex[],
  schemes: readonly MsPartitionScheme[],
): MsPartitionScheme[] {
  const used = new Set(indexes.filter(({ partitioned }) => partitioned).map((i) => i.dataSpace));
  return schemes.filter(({ name }) => used.has(name));
}
