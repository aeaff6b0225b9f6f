import type { TableName } from '../../../core/names.js';
import { sameTable } from '../../../core/names.js';
import type { ColumnModel, Finding, TableModel } from '../../contract/schema.js';
import type { Query } from '../sql-session.js';
import { readDependencies } from './dependency-graph.js';
import type { MayEnable } from './feeds-of.js';
import { feedsOf } from './feeds-of.js';
import { note } from './finding-note.js';
import { tableFindings } from './findings.js';
import { fingerprintOf } from './fingerprint.js';
import type { MsColumn, MsTable } from './model.js';
import { neutralTableOf } from './neutral-table-of.js';
import { readAliasTypes, readModules, readSequences } from './object-rows.js';
import { readShapes } from './read-shapes.js';
import type { TableSize } from './read-shapes.js';
import type { ObjectPool } from './required-objects.js';
import { tableKey } from './table-key.js';
import { declaredText } from './type-text.js';

export interface ReadTablesOptions {
  /** Only these; also in schemas that are not a user's (the stage). */
  readonly only?: readonly TableName[];
  /** Also those whose name differs from one of `only` just as the database ignores it: in case. */
  readonly similar?: boolean;
  readonly mayEnable?: MayEnable;
  /** Find what the tables need to exist (types, sequences, functions); default true. */
  readonly requires?: boolean;
}

const ENABLE_NOTHING: MayEnable = { cdc: false, changeTracking: false };

/** Every table of the database, or just `only`, by a fixed number of queries. */
export async function readTables(
  query: Query,
  options: ReadTablesOptions = {},
): Promise<TableModel[]> {
  const pool = options.requires === false ? null : await readPool(query);
  return readTablesWith(query, options, pool);
}

/** As readTables, for a caller that has read the other objects already; null: not needed. */
export async function readTablesWith(
  query: Query,
  options: ReadTablesOptions,
  pool: ObjectPool | null,
): Promise<TableModel[]> {
  const { only, similar = false, mayEnable = ENABLE_NOTHING } = options;
  const found = await readShapes(query, { only: only ?? null, pool });
  const shapes = found.filter(
    ({ table }) =>
      only === undefined || similar || only.some((name) => sameTable(name, table.name)),
  );
  const twins = namesInOtherCase(shapes.map(({ table }) => table.name));
  return shapes.map(({ table, size }) => tableModel(table, size, mayEnable, twins));
}

/** Types, sequences and routines that tables may need. */
export async function readPool(query: Query): Promise<ObjectPool> {
  return {
    types: await readAliasTypes(query),
    sequences: await readSequences(query),
    modules: await readModules(query),
    dependencies: await readDependencies(query),
  };
}

/** What the shared code needs to know of a table. @param twins names that differ only in case */
export function tableModel(
  table: MsTable,
  size: TableSize,
  mayEnable: MayEnable,
  twins: ReadonlySet<TableName>,
): TableModel {
  return {
    name: table.name,
    columns: table.columns.map(columnModel),
    key: tableKey(table),
    rowsEstimated: size.rows,
    bytesEstimated: size.bytes,
    fingerprint: fingerprintOf(table),
    findings: [...tableFindings(table), ...twinFindings(table.name, twins)],
    feeds: feedsOf(table, mayEnable),
    neutral: neutralTableOf(table),
    native: table,
  };
}

/** A column set shows the sparse columns once more, as one xml. */
function columnModel(column: MsColumn): ColumnModel {
  return {
    name: column.name,
    type: declaredText(column),
    nullable: column.nullable,
    generated: column.computed !== null || column.columnSet,
    rawSafe: true,
    ownValue: isOwnValue(column),
  };
}

/** A computed column that is not stored may be made of the clock, or of another such value. */
function isOwnValue({ type, generatedAlways, computed }: MsColumn): boolean {
  return type.name === 'timestamp' || generatedAlways || computed?.persisted === false;
}

function namesInOtherCase(names: readonly TableName[]): Set<TableName> {
  const seen = new Map<string, TableName>();
  const twins = new Set<TableName>();
  for (const name of names) {
    const key = JSON.stringify([name.schema, name.table]).toLowerCase();
    const other = seen.get(key);
    seen.set(key, name);
    if (other !== undefined) twins.add(other).add(name);
  }
  return twins;
}

function twinFindings(name: TableName, twins: ReadonlySet<TableName>): Finding[] {
  if (!twins.has(name)) return [];
  const message =
    'Another table has the same name but for its case: a target whose names ignore case cannot hold both.';
  const remedy = 'Give one of them another target name in the configuration.';
  const subject = `${name.schema}.${name.table}`;
  return [{ ...note('warning', 'table.name-case', message, remedy), subject }];
}
