import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { MsAliasType, MsModule, MsModuleKind, MsSequence } from './object-model.js';
import { flag, readRows } from './read-rows.js';
import { ALIAS_TYPES, MODULES, SCHEMAS, SEQUENCES } from './sql/objects.js';

const named = { id: z.number(), schema: z.string(), name: z.string() };

const typeRow = z.object({
  ...named,
  typeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  nullable: flag,
});

const sequenceRow = z.object({
  ...named,
  typeName: z.string(),
  precision: z.number(),
  startValue: z.string(),
  increment: z.string(),
  minimum: z.string(),
  maximum: z.string(),
  currentValue: z.string(),
  cycling: flag,
  cached: flag,
  cacheSize: z.number().nullable(),
});

const moduleRow = z.object({
  ...named,
  kind: z.string(),
  definition: z.string().nullable(),
  encrypted: flag,
  ansiNulls: flag,
  quotedIdentifier: flag,
});

export async function readSchemas(query: Query): Promise<string[]> {
  const rows = await readRows(query, SCHEMAS, z.object({ name: z.string() }));
  return rows.map(({ name }) => name);
}

export async function readAliasTypes(query: Query): Promise<MsAliasType[]> {
  const rows = await readRows(query, ALIAS_TYPES, typeRow);
  return rows.map(({ id, schema, name, nullable, typeName, ...base }) => ({
    ...{ kind: 'type', id, schema, name, nullable },
    base: {
      name: typeName.toLowerCase(),
      maxLength: base.maxLength,
      precision: base.precision,
      scale: base.scale,
    },
  }));
}

export async function readSequences(query: Query): Promise<MsSequence[]> {
  const rows = await readRows(query, SEQUENCES, sequenceRow);
  return rows.map((row) => ({
    kind: 'sequence',
    id: row.id,
    schema: row.schema,
    name: row.name,
    type: {
      name: row.typeName.toLowerCase(),
      maxLength: 0,
      precision: row.precision,
      scale: 0,
    },
    start: row.startValue,
    increment: row.increment,
    minimum: row.minimum,
    maximum: row.maximum,
    current: row.currentValue,
    cycling: row.cycling,
    cache: row.cached ? (row.cacheSize ?? 0) : null,
  }));
}

export async function readModules(query: Query): Promise<MsModule[]> {
  const rows = await readRows(query, MODULES, moduleRow);
  return rows.map(({ kind: code, ...row }) => ({ ...row, code, kind: moduleKind(code) }));
}

function moduleKind(code: string): MsModuleKind {
  if (code === 'V') return 'view';
  return code === 'P' ? 'procedure' : 'function';
}
