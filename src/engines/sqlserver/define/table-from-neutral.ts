import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type {
  NeutralColumn,
  NeutralForeignKey,
  NeutralKey,
  NeutralTable,
  ReferentialAction,
} from '../../../core/neutral-table.js';
import type { TableModel } from '../../contract/schema.js';
import type {
  MsColumn,
  MsForeignKey,
  MsIndex,
  MsIndexColumn,
  MsReferentialAction,
  MsTraits,
} from '../catalog/model.js';
import { MsTable } from '../catalog/model.js';
import { typeFromNeutral } from './type-from-neutral.js';

/** Compares as bytes, so two keys that differ anywhere else differ here (but for blanks at the end). */
const EXACT_COLLATION = 'Latin1_General_100_BIN2';
/** What the key of a nonclustered index may have. */
const KEY_BYTES = 1700;
const MAX_NAME_LENGTH = 128;

const ORDINARY: MsTraits = {
  temporal: 'none',
  memoryOptimized: false,
  external: false,
  fileTable: false,
  graph: false,
  ledger: false,
  filtered: false,
  cdc: false,
  changeTracking: false,
  maySelect: true,
  mayViewDefinition: true,
  mayViewChanges: true,
  mayUnmask: true,
};

/**
 * A table of another engine as SQL Server can hold it. Identities and computed columns become plain
 * ones: the source gives out their values.
 *
 * @throws SluiceError TYPE_UNSUPPORTED naming the column
 */
export function tableFromNeutral(model: TableModel): MsTable {
  const { neutral, name } = model;
  const columns = neutral.columns.map((column, at) => toColumn(column, at, model));
  const known = new Map(columns.map((column) => [column.name, column]));
  return new MsTable({
    ...{ id: 0, name, created: '', columns },
    indexes: toIndexes(neutral, known),
    checks: [],
    foreignKeys: neutral.foreignKeys.map(toForeignKey),
    properties: [],
    traits: ORDINARY,
    schemes: [],
    requires: [],
  });
}

function toColumn(column: NeutralColumn, at: number, model: TableModel): MsColumn {
  const wide = keyed(model.neutral).get(column.name);
  const longest = wide === undefined ? null : Math.floor(KEY_BYTES / wide);
  const type = column.type === null ? null : typeFromNeutral(column.type, longest);
  if (type === null) throw unsupported(column, model);
  const isText = type.name === 'nvarchar' || type.name === 'nchar';
  return {
    ...{ id: at + 1, name: column.name, type, declared: null, isClr: false },
    collation: isText ? EXACT_COLLATION : null,
    nullable: column.nullable,
    ...{ rowGuid: false, sparse: false, columnSet: false, hidden: false, filestream: false },
    ...{ generatedAlways: false, masked: false, encrypted: false, typedXml: false },
    ...{ identity: null, computed: null, default: null, boundDefault: false },
  };
}

/**
 * By column of a key: how many of text or bytes share the key's room. A foreign key needs the very
 * type of the key that it refers to, so its columns are measured in the same way.
 */
function keyed(neutral: NeutralTable): Map<string, number> {
  const widths = new Map<string, number>();
  const primary = neutral.primaryKey === null ? [] : [neutral.primaryKey];
  const keys = [...primary, ...neutral.uniques, ...neutral.foreignKeys];
  for (const { columns } of keys) {
    const wide = columns.filter((name) => isWide(neutral, name));
    for (const name of wide) widths.set(name, Math.max(widths.get(name) ?? 0, wide.length));
  }
  return widths;
}

function isWide(neutral: NeutralTable, name: string): boolean {
  const kind = neutral.columns.find((column) => column.name === name)?.type?.kind;
  return kind === 'text' || kind === 'binary' || kind === 'json' || kind === 'xml';
}

function toIndexes(neutral: NeutralTable, columns: ReadonlyMap<string, MsColumn>): MsIndex[] {
  const { primaryKey, uniques, indexes } = neutral;
  const keys = primaryKey === null ? [] : [toIndex(primaryKey, { primary: true })];
  return [
    ...keys,
    ...uniques.map((key) => toUnique(key, columns)),
    ...indexes
      .filter((index) => index.columns.every((name) => columns.get(name)?.type.maxLength !== -1))
      .map((index) => toIndex(index, { descending: index.descending })),
  ].map((index, at) => ({ ...index, id: at + 2 }));
}

/**
 * NULLs are equal here and not on the source: rows with one are left out of the index
 * (test/conformance/sqlserver/nulls-and-numbers: "is one value to GROUP BY, DISTINCT, EXCEPT").
 */
function toUnique(key: NeutralKey, columns: ReadonlyMap<string, MsColumn>): MsIndex {
  const nullable = key.columns.filter((name) => columns.get(name)?.nullable === true);
  if (nullable.length === 0) return toIndex(key, { constraint: true });
  const filter = nullable
    .map((name) => `[${name.replaceAll(']', ']]')}] IS NOT NULL`)
    .join(' AND ');
  return { ...toIndex(key, {}), unique: true, filtered: true, filter: `(${filter})` };
}

function toIndex(
  key: NeutralKey,
  kind: { primary?: boolean; constraint?: boolean; descending?: readonly boolean[] },
): MsIndex {
  const { primary = false, constraint = false, descending = [] } = kind;
  const columns = key.columns.map((name, at): MsIndexColumn => ({
    name,
    keyPlace: at + 1,
    partitionPlace: 0,
    descending: descending[at] ?? false,
    included: false,
  }));
  return {
    ...{ id: 0, name: key.name.slice(0, MAX_NAME_LENGTH), kind: 'nonclustered', columns },
    ...{ unique: primary || constraint, primary, constraint, disabled: false },
    ...{ ignoresDuplicates: false, fillFactor: 0, padded: false, rowLocks: true, pageLocks: true },
    ...{ filtered: false, filter: null, dataSpace: null, partitioned: false, compression: [] },
  };
}

const ACTIONS: Readonly<Record<ReferentialAction, MsReferentialAction>> = {
  'no action': 'NO ACTION',
  cascade: 'CASCADE',
  'set null': 'SET NULL',
  'set default': 'SET DEFAULT',
};

function toForeignKey(key: NeutralForeignKey): MsForeignKey {
  const { name, columns, references, referencedColumns, onDelete, onUpdate } = key;
  return {
    ...{ id: 0, name, columns, referencedId: 0, references, referencedColumns },
    ...{ onDelete: ACTIONS[onDelete], onUpdate: ACTIONS[onUpdate] },
    ...{ disabled: false, notTrusted: false, notForReplication: false },
  };
}

function unsupported(column: NeutralColumn, model: TableModel): SluiceError {
  return new SluiceError(
    'TYPE_UNSUPPORTED',
    `Column ${column.name} of ${displayName(model.name)} is a ${column.sourceType}, which SQL Server cannot hold without loss.`,
    {
      remedy:
        'List the column in asText, give it another type on the source (a decimal needs at most 38 digits), or exclude the table.',
    },
  );
}
