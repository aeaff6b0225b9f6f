/**
 * What a constraint is called that PostgreSQL saw broken, and which kind it is. Needed by
 * test/conformance/sqlserver/changes: "a foreign key and a check fail with 547".
 */
import type { ConstraintInfo, SessionContext, TableInfo } from '../engine/catalog-seam.js';
import { describe, tableOf } from './lookup.js';

interface Row {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: string[] | null;
  readonly primary: boolean;
  readonly key: boolean;
  readonly toSchema: string | null;
  readonly toTable: string | null;
  readonly toColumns: string[] | null;
}

const TABLE = `JOIN ms.databases AS d ON d.id = t.db JOIN ms.schemas AS s ON s.db = t.db AND s.id = t.schema_id`;

const BY_INDEX = `
SELECT i.name, d.name AS database, s.name AS schema, t.name AS table, i.is_primary AS primary,
  i.constraint_id IS NOT NULL AS key, NULL AS "toSchema", NULL AS "toTable", NULL AS "toColumns",
  (SELECT array_agg(c.name ORDER BY x.key_ordinal) FROM ms.index_columns AS x
     JOIN ms.columns AS c ON c.object_id = x.object_id AND c.id = x.column_id
    WHERE x.object_id = i.object_id AND x.index_id = i.id AND x.key_ordinal > 0) AS columns
FROM ms.indexes AS i JOIN ms.objects AS t ON t.id = i.object_id ${TABLE}
WHERE i.object_id = $1 AND i.id = $2`;

const BY_OBJECT = `
SELECT o.name, d.name AS database, s.name AS schema, t.name AS table, false AS primary, false AS key,
  rs.name AS "toSchema", r.name AS "toTable",
  (SELECT array_agg(c.name ORDER BY k.ordinal) FROM ms.foreign_key_columns AS k
     JOIN ms.columns AS c ON c.object_id = f.referenced AND c.id = k.referenced_column WHERE k.id = o.id) AS "toColumns",
  coalesce((SELECT array_agg(c.name ORDER BY k.ordinal) FROM ms.foreign_key_columns AS k
     JOIN ms.columns AS c ON c.object_id = t.id AND c.id = k.parent_column WHERE k.id = o.id),
    (SELECT array_agg(c.name) FROM ms.definitions AS x JOIN ms.columns AS c ON c.object_id = t.id AND c.id = x.column_id
      WHERE x.id = o.id)) AS columns
FROM ms.objects AS o JOIN ms.objects AS t ON t.id = o.parent ${TABLE}
LEFT JOIN ms.foreign_keys AS f ON f.id = o.id LEFT JOIN ms.objects AS r ON r.id = f.referenced
LEFT JOIN ms.schemas AS rs ON rs.db = r.db AND rs.id = r.schema_id
WHERE o.id = $1`;

/** PostgreSQL's names: i<table>_<index>, r<table>_<index> (referenced keys), k<check>, f<foreign key>. */
export async function findConstraint(
  context: SessionContext,
  pgName: string,
): Promise<ConstraintInfo | undefined> {
  const [, kind, first = '', second] = /^([irkf])(\d+)(?:_(\d+))?$/.exec(pgName) ?? [];
  if (kind === undefined) return undefined;
  const byIndex = kind === 'i' || kind === 'r';
  const [row] = byIndex
    ? await context.query<Row>(BY_INDEX, [Number(first), Number(second ?? 0)])
    : await context.query<Row>(BY_OBJECT, [Number(first)]);
  return row === undefined ? undefined : infoOf(row, kind);
}

function infoOf(row: Row, kind: string): ConstraintInfo {
  const { name, database, schema, table, toSchema, toTable, toColumns } = row;
  const columns = row.columns ?? [];
  const base = { name, table: { database, schema, name: table }, columns };
  if (kind === 'k') return { ...base, kind: 'check' };
  if (kind === 'f') {
    const references = { schema: toSchema ?? '', name: toTable ?? '', columns: toColumns ?? [] };
    return { ...base, kind: 'foreignKey', references };
  }
  if (!row.key) return { ...base, kind: 'uniqueIndex' };
  return { ...base, kind: row.primary ? 'primaryKey' : 'unique' };
}

/** By the relation that an error of PostgreSQL names. */
export async function tableByRelation(
  context: SessionContext,
  relation: string,
): Promise<TableInfo | undefined> {
  const [, id] = /^t(\d+)$/.exec(relation) ?? [];
  if (id === undefined) return undefined;
  const row = await describe(context, Number(id));
  return row === undefined ? undefined : tableOf(context, row);
}
