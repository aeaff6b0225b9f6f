/** The rows of the catalogue queries about tables, as the model has them. */
import { z } from 'zod';
import { coded } from './read-rows.js';
import type {
  ConstraintType,
  PgColumn,
  PgConstraint,
  PgIndex,
  PgReference,
  RelationKind,
  ReplicaIdentity,
} from './model.js';

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  f: 'foreign',
  m: 'materialized view',
};
const PERSISTENCES = { p: 'permanent', u: 'unlogged', t: 'temporary' } as const;
const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};
const CONSTRAINTS: Readonly<Record<string, ConstraintType>> = {
  p: 'primary',
  u: 'unique',
  c: 'check',
  x: 'exclusion',
  f: 'foreign',
};
const STORAGES = { p: 'plain', e: 'external', x: 'extended', m: 'main' } as const;

export const relationRow = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: coded(KINDS),
  persistence: coded<(typeof PERSISTENCES)[keyof typeof PERSISTENCES]>(PERSISTENCES),
  fileNode: z.string(),
  parent: z.string().nullable(),
  partitionKey: z.string().nullable(),
  partitionBound: z.string().nullable(),
  inheritsFrom: z.array(z.string()),
  hasChildren: z.boolean(),
  replicaIdentity: coded(IDENTITIES),
  rowSecurity: z.boolean(),
  forceRowSecurity: z.boolean(),
  options: z.array(z.string()),
  toastOptions: z.array(z.string()),
  comment: z.string().nullable(),
  tuples: z.number(),
  bytes: z.number(),
});
export type RelationRow = z.infer<typeof relationRow>;

const sequenceUse = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  literal: z.string(),
});

export const columnRow = z
  .object({
    relation: z.string(),
    attnum: z.number(),
    name: z.string(),
    type: z.string(),
    typeOid: z.string(),
    collation: z.string().nullable(),
    defaultText: z.string().nullable(),
    identity: coded({ '': null, a: 'always', d: 'by default' } as const),
    generated: coded({ '': null, s: 'stored', v: 'virtual' } as const),
    notNull: z.boolean(),
    notNullName: z.string().nullable(),
    notNullValidated: z.boolean(),
    storage: coded<(typeof STORAGES)[keyof typeof STORAGES]>(STORAGES).nullable(),
    compression: coded({ p: 'pglz', l: 'lz4' } as const).nullable(),
    statisticsTarget: z.number().nullable(),
    options: z.array(z.string()),
    comment: z.string().nullable(),
    writer: z.string(),
    sequences: z.array(sequenceUse),
  })
  .transform(({ relation, ...column }): { relation: string; column: PgColumn } => ({
    relation,
    column,
  }));

export const constraintRow = z
  .object({
    oid: z.string(),
    relation: z.string(),
    name: z.string(),
    type: coded(CONSTRAINTS),
    definition: z.string(),
    columns: z.array(z.string()),
    local: z.boolean(),
    validated: z.boolean(),
    parent: z.string().nullable(),
    index: z.string().nullable(),
    referencedOid: z.string().nullable(),
    referencedSchema: z.string().nullable(),
    referencedTable: z.string().nullable(),
    referenced: z.array(z.string()),
    period: z.boolean(),
    tail: z.string().nullable(),
    comment: z.string().nullable(),
  })
  .transform((row): { relation: string; constraint: PgConstraint } => {
    const { oid, name, type, definition, columns, local, validated, parent, index } = row;
    const { comment } = row;
    const base = { oid, name, type, definition, columns, local, validated, parent, index, comment };
    return { relation: row.relation, constraint: { ...base, references: referenceOf(row) } };
  });

interface ReferenceParts {
  readonly referencedOid: string | null;
  readonly referencedSchema: string | null;
  readonly referencedTable: string | null;
  readonly referenced: readonly string[];
  readonly period: boolean;
  readonly tail: string | null;
}

function referenceOf(row: ReferenceParts): PgReference | null {
  const { referencedOid: oid, referencedSchema: schema, referencedTable: table, tail } = row;
  if (oid === null || schema === null || table === null || tail === null) return null;
  return { oid, schema, table, columns: row.referenced, period: row.period, tail };
}

export const indexRow = z
  .object({
    oid: z.string(),
    relation: z.string(),
    name: z.string(),
    unique: z.boolean(),
    primary: z.boolean(),
    replicaIdentity: z.boolean(),
    valid: z.boolean(),
    immediate: z.boolean(),
    partial: z.boolean(),
    parent: z.string().nullable(),
    constraint: z.string().nullable(),
    columns: z.array(z.string().nullable()),
    tail: z.string(),
    options: z.array(z.string()),
    comment: z.string().nullable(),
  })
  .transform(({ relation, ...index }): { relation: string; index: PgIndex } => ({
    relation,
    index,
  }));
