import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { MsCompressionKind, MsIndex, MsIndexColumn, MsIndexKind } from './model.js';
import { coded, flag, groupBy, idsParam, readRows } from './read-rows.js';
import { COMPRESSION, INDEX_COLUMNS, INDEXES } from './sql/indexes.js';

const KINDS: Readonly<Record<number, MsIndexKind>> = {
  0: 'heap',
  1: 'clustered',
  2: 'nonclustered',
  3: 'xml',
  4: 'spatial',
  5: 'clustered columnstore',
  6: 'nonclustered columnstore',
  7: 'hash',
};
const COMPRESSIONS: Readonly<Record<number, MsCompressionKind>> = {
  1: 'ROW',
  2: 'PAGE',
  4: 'COLUMNSTORE_ARCHIVE',
};

const indexRow = z.object({
  tableId: z.number(),
  id: z.number(),
  name: z.string().nullable(),
  kind: coded(KINDS, 'other'),
  isUnique: flag,
  isPrimary: flag,
  isConstraint: flag,
  disabled: flag,
  ignoresDuplicates: flag,
  fillFactor: z.number(),
  padded: flag,
  rowLocks: flag,
  pageLocks: flag,
  hasFilter: flag,
  filter: z.string().nullable(),
  dataSpace: z.string().nullable(),
  dataSpaceKind: z.string().nullable(),
});

const indexColumnRow = z
  .object({
    tableId: z.number(),
    indexId: z.number(),
    name: z.string(),
    keyPlace: z.number(),
    partitionPlace: z.number(),
    descending: flag,
    included: flag,
  })
  .transform(({ tableId, indexId, ...column }): { index: string; column: MsIndexColumn } => ({
    index: keyOf(tableId, indexId),
    column,
  }));

const compressionRow = z
  .object({
    tableId: z.number(),
    indexId: z.number(),
    partition: z.number(),
    compression: coded<MsCompressionKind>(COMPRESSIONS, 'ROW'),
  })
  .transform(({ tableId, indexId, partition, compression: kind }) => ({
    index: keyOf(tableId, indexId),
    compression: { partition, kind },
  }));

/** Heaps and indexes by table. */
export async function readIndexes(
  query: Query,
  ids: readonly number[] | null,
): Promise<Map<number, MsIndex[]>> {
  const params = [idsParam(ids)];
  const rows = await readRows(query, INDEXES, indexRow, params);
  const columns = await readRows(query, INDEX_COLUMNS, indexColumnRow, params);
  const columnsOf = groupBy(columns, ({ index }) => index);
  const compressed = await readRows(query, COMPRESSION, compressionRow, params);
  const compressionOf = groupBy(compressed, ({ index }) => index);
  const indexes = rows.map((row) => {
    const key = keyOf(row.tableId, row.id);
    const { tableId, isUnique, isPrimary, isConstraint, hasFilter, dataSpaceKind, ...rest } = row;
    const index: MsIndex = {
      ...rest,
      name: row.name ?? '',
      unique: isUnique,
      primary: isPrimary,
      constraint: isConstraint,
      filtered: hasFilter,
      partitioned: dataSpaceKind === 'PS',
      columns: (columnsOf.get(key) ?? []).map(({ column }) => column),
      compression: (compressionOf.get(key) ?? []).map(({ compression }) => compression),
    };
    return { tableId, index };
  });
  return new Map(
    [...groupBy(indexes, ({ tableId }) => tableId)].map(([id, group]) => [
      id,
      group.map(({ index }) => index),
    ]),
  );
}

function keyOf(tableId: number, indexId: number): string {
  return `${String(tableId)} ${String(indexId)}`;
}
