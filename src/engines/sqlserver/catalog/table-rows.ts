/** The rows of the catalogue queries about tables and columns, as the model has them. */
import { z } from 'zod';
import type { MsColumn, MsTraits } from './model.js';
import { coded, flag } from './read-rows.js';

/** Values come as sql_variant and are converted to text; sums are bigint, which is text too. */
const count = z.union([z.string(), z.number()]).transform(Number);

export const idRow = z.object({ id: z.number() });

export const sizeRow = z.object({ id: z.number(), rows: count, bytes: count });

export const tableRow = z.object({
  id: z.number(),
  schema: z.string(),
  table: z.string(),
  created: z.string(),
  temporal: coded<MsTraits['temporal']>({ 0: 'none', 1: 'history', 2: 'current' }, 'none'),
  memoryOptimized: flag,
  isExternal: flag,
  fileTable: flag,
  cdc: flag,
  changeTracking: flag,
  maySelect: flag,
  mayViewDefinition: flag,
  mayViewChanges: flag,
  mayUnmask: flag,
});
export type TableRow = z.infer<typeof tableRow>;

const columnParts = z.object({
  tableId: z.number(),
  id: z.number(),
  name: z.string(),
  typeName: z.string(),
  userDefined: flag,
  isClr: flag,
  typeSchema: z.string(),
  ownTypeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  collation: z.string().nullable(),
  nullable: flag,
  rowGuid: flag,
  sparse: flag,
  columnSet: flag,
  hidden: flag,
  filestream: flag,
  generatedAlways: z.number(),
  masked: flag,
  encrypted: flag,
  xmlCollection: z.number(),
  seed: z.string().nullable(),
  increment: z.string().nullable(),
  lastValue: z.string().nullable(),
  identityNotForReplication: flag,
  computed: flag,
  computedText: z.string().nullable(),
  persisted: flag,
  defaultId: z.number(),
  defaultName: z.string().nullable(),
  defaultText: z.string().nullable(),
  defaultSystemNamed: flag,
});
type ColumnParts = z.infer<typeof columnParts>;

export const columnRow = columnParts.transform((row): { tableId: number; column: MsColumn } => ({
  tableId: row.tableId,
  column: toColumn(row),
}));

function toColumn(row: ColumnParts): MsColumn {
  const { id, name, collation, nullable, rowGuid, sparse, columnSet } = row;
  const { hidden, filestream, masked, encrypted, maxLength, precision, scale } = row;
  const declared = row.userDefined ? { schema: row.typeSchema, name: row.ownTypeName } : null;
  const type = { name: row.typeName.toLowerCase(), maxLength, precision, scale };
  return {
    ...{ id, name, type, declared, collation, nullable, rowGuid, sparse, columnSet },
    ...{ hidden, filestream, masked, encrypted },
    // The CLR types of the server itself (geography …) are assembly types as well.
    isClr: row.isClr && row.userDefined,
    generatedAlways: row.generatedAlways > 0,
    typedXml: row.xmlCollection > 0,
    identity: identityOf(row),
    computed: row.computed ? { definition: row.computedText, persisted: row.persisted } : null,
    default: defaultOf(row),
    boundDefault: row.defaultId !== 0 && row.defaultName === null,
  };
}

function identityOf(row: ColumnParts): MsColumn['identity'] {
  const { seed, increment, lastValue } = row;
  if (seed === null || increment === null) return null;
  return { seed, increment, lastValue, notForReplication: row.identityNotForReplication };
}

function defaultOf(row: ColumnParts): MsColumn['default'] {
  if (row.defaultName === null) return null;
  const { defaultName: name, defaultText: definition, defaultSystemNamed: systemNamed } = row;
  return { name, definition, systemNamed };
}
