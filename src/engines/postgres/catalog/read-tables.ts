import type { TableName } from '../../../core/names.js';
import type { ColumnModel, TableModel } from '../../contract/schema.js';
import type { Query, SqlSession } from '../sql-session.js';
import { atOneMoment } from './at-one-moment.js';
import { tableFindings } from './findings.js';
import { fingerprintOf } from './fingerprint.js';
import { PgTable } from './model.js';
import type { PgRelation } from './model.js';
import { neutralTable } from './neutral-table.js';
import type { PgObject, PgSequence } from './object-model.js';
import type { TypeShape } from './raw-safe.js';
import { isRawSafe, readTypeShapes } from './raw-safe.js';
import { groupBy, readRows } from './read-rows.js';
import { readRequired } from './required-objects.js';
import { readSequences } from './sequence-rows.js';
import { COLUMNS } from './sql/columns.js';
import { CONSTRAINTS } from './sql/constraints.js';
import { INDEXES } from './sql/indexes.js';
import { RELATION_OIDS, RELATIONS } from './sql/relations.js';
import { z } from 'zod';
import { tableKey } from './table-key.js';
import { columnRow, constraintRow, indexRow, relationRow } from './table-rows.js';

/** Of a table that was never analysed only the size is known. */
const GUESSED_ROW_BYTES = 100;

export interface ReadTablesOptions {
  /** Only these, with their partitions; also in schemas that are not a user's (the stage). */
  readonly only?: readonly TableName[];
  /** Find what the tables need to exist (types, routines …); default true. */
  readonly requires?: boolean;
}

/**
 * Every table of the database (a partition tree is one table), read by a fixed number of queries
 * under one snapshot.
 *
 * @throws SluiceError LOCK_TIMEOUT while a table is locked exclusively: PostgreSQL takes a short
 * lock to print its expressions
 */
export async function readTables(
  session: SqlSession,
  options: ReadTablesOptions = {},
): Promise<TableModel[]> {
  return atOneMoment(session, (query) => readTablesWith(query, options));
}

/** As readTables, inside the caller's transaction. */
export async function readTablesWith(
  query: Query,
  options: ReadTablesOptions = {},
): Promise<TableModel[]> {
  const relations = await readRelations(query, options.only ?? null);
  const trees = treesOf(relations);
  const oids = relations.map((relation) => relation.oid);
  const types = relations.flatMap((relation) => relation.columns.map((column) => column.typeOid));
  const shapes = await readTypeShapes(query, types);
  const sequences = await readSequences(query, oids);
  const owned = groupBy(sequences, (sequence) => sequence.owner?.relation ?? '');
  const required =
    options.requires === false
      ? new Map<string, readonly PgObject[]>()
      : await readRequired(query, trees);
  return trees.map((members) => toModel(members, shapes, owned, required));
}

async function readRelations(
  query: Query,
  only: readonly TableName[] | null,
): Promise<PgRelation[]> {
  const rows = await readRows(query, RELATIONS, relationRow, [await oidsOf(query, only)]);
  const oids = [rows.map((row) => row.oid)];
  const columns = groupBy(await readRows(query, COLUMNS, columnRow, oids), (row) => row.relation);
  const constraints = groupBy(
    await readRows(query, CONSTRAINTS, constraintRow, oids),
    (row) => row.relation,
  );
  const indexes = groupBy(await readRows(query, INDEXES, indexRow, oids), (row) => row.relation);
  return rows.map(({ tuples, ...row }) => ({
    ...row,
    rows: tuples >= 0 ? tuples : Math.round(row.bytes / GUESSED_ROW_BYTES),
    columns: (columns.get(row.oid) ?? []).map((entry) => entry.column),
    constraints: (constraints.get(row.oid) ?? []).map((entry) => entry.constraint),
    indexes: (indexes.get(row.oid) ?? []).map((entry) => entry.index),
  }));
}

async function oidsOf(query: Query, only: readonly TableName[] | null): Promise<string[] | null> {
  if (only === null) return null;
  const names = [only.map((name) => name.schema), only.map((name) => name.table)];
  const rows = await readRows(query, RELATION_OIDS, z.object({ oid: z.string() }), names);
  return rows.map((row) => row.oid);
}

/** Each root with all that is below it, parents first, in order of name. */
function treesOf(relations: readonly PgRelation[]): PgRelation[][] {
  const known = new Set(relations.map((relation) => relation.oid));
  const children = groupBy(relations, (relation) => relation.parent ?? '');
  const below = (relation: PgRelation): PgRelation[] => [
    relation,
    ...(children.get(relation.oid) ?? []).flatMap(below),
  ];
  const roots = relations.filter(({ parent }) => parent === null || !known.has(parent));
  return roots.map(below);
}

function toModel(
  members: readonly PgRelation[],
  shapes: ReadonlyMap<string, TypeShape>,
  owned: ReadonlyMap<string, PgSequence[]>,
  required: ReadonlyMap<string, readonly PgObject[]>,
): TableModel {
  const [root] = members;
  if (root === undefined) throw new RangeError('A table without a relation.');
  const key = tableKey(members);
  const leaves = members.filter((member) => member.kind !== 'partitioned');
  const sequences = members.flatMap((member) => owned.get(member.oid) ?? []);
  return {
    name: { schema: root.schema, table: root.name },
    columns: columnsOf(root, shapes),
    key,
    rowsEstimated: sum(leaves.map((leaf) => leaf.rows)),
    bytesEstimated: sum(leaves.map((leaf) => leaf.bytes)),
    fingerprint: fingerprintOf(members, required.get(root.oid)),
    findings: tableFindings(members, key, shapes),
    feeds: ['cdc'],
    neutral: neutralTable(root, shapes),
    native: new PgTable(root, members, sequences, required.get(root.oid) ?? []),
  };
}

function columnsOf(root: PgRelation, shapes: ReadonlyMap<string, TypeShape>): ColumnModel[] {
  return root.columns.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: !column.notNull,
    generated: column.generated !== null,
    rawSafe: isRawSafe(column.typeOid, shapes),
  }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
