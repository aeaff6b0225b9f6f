import type { TableModel } from '../../../src/engines/contract/schema.js';
import type {
  MsColumn,
  MsForeignKey,
  MsIndex,
  MsIndexColumn,
  MsTableParts,
  MsTraits,
  MsType,
} from '../../../src/engines/sqlserver/catalog/model.js';
import { MsTable } from '../../../src/engines/sqlserver/catalog/model.js';
import type { MsModule } from '../../../src/engines/sqlserver/catalog/object-model.js';
import { tableModel } from '../../../src/engines/sqlserver/catalog/read-tables.js';

const FORM = /^(\w+)(?:\((\w+)(?:,(\d+))?\))?$/;

/** `nvarchar(50)`, `decimal(10,2)`, `datetime2(7)` as the catalogue keeps them. */
export function msType(text: string): MsType {
  const [, name = '', first = '', second = '0'] = FORM.exec(text) ?? [];
  if (/^n?(var)?char$|binary$/.test(name)) {
    const width = name.startsWith('n') ? 2 : 1;
    const maxLength = first === 'max' ? -1 : Number(first) * width;
    return { name, maxLength, precision: 0, scale: 0 };
  }
  if (name === 'decimal') {
    return { name, maxLength: 17, precision: Number(first), scale: Number(second) };
  }
  return { name, maxLength: name === 'timestamp' ? 8 : 4, precision: 0, scale: Number(first) };
}

export function msColumn(name: string, type: string, more: Partial<MsColumn> = {}): MsColumn {
  const isText = /char|text/.test(type);
  return {
    ...{ id: 0, name, type: msType(type), declared: null, isClr: false },
    ...{ collation: isText ? 'Latin1_General_CI_AS' : null, nullable: true, rowGuid: false },
    ...{ sparse: false, columnSet: false, hidden: false, filestream: false },
    ...{ generatedAlways: false, masked: false, encrypted: false, typedXml: false },
    ...{ identity: null, computed: null, default: null, boundDefault: false },
    ...more,
  };
}

export function keyOf(...names: string[]): MsIndexColumn[] {
  return names.map((name, at) => ({
    ...{ name, keyPlace: at + 1, partitionPlace: 0, descending: false, included: false },
  }));
}

export function msIndex(name: string, more: Partial<MsIndex> = {}): MsIndex {
  return {
    ...{ id: 2, name, kind: 'nonclustered', unique: false, primary: false, constraint: false },
    ...{ disabled: false, ignoresDuplicates: false, fillFactor: 0, padded: false },
    ...{ rowLocks: true, pageLocks: true, filtered: false, filter: null, columns: keyOf('id') },
    ...{ dataSpace: 'PRIMARY', partitioned: false, compression: [] },
    ...more,
  };
}

export function primaryKey(name: string, ...columns: string[]): MsIndex {
  return msIndex(name, {
    ...{ id: 1, kind: 'clustered', unique: true, primary: true },
    columns: keyOf(...columns),
  });
}

export function foreignKey(name: string, more: Partial<MsForeignKey> = {}): MsForeignKey {
  return {
    ...{ id: 9, name, columns: ['parent'], referencedId: 1, referencedColumns: ['id'] },
    ...{ references: { schema: 'dbo', table: 'parents' }, onDelete: 'NO ACTION' },
    ...{ onUpdate: 'NO ACTION', disabled: false, notTrusted: false, notForReplication: false },
    ...more,
  };
}

const ORDINARY: MsTraits = {
  ...{ temporal: 'none', memoryOptimized: false, external: false, fileTable: false, graph: false },
  ...{ ledger: false, filtered: false, cdc: false, changeTracking: false, maySelect: true },
  ...{ mayViewDefinition: true, mayViewChanges: true, mayUnmask: true },
};

export function msTable(
  name: string,
  columns: readonly MsColumn[],
  more: Partial<Omit<MsTableParts, 'traits'>> & { readonly traits?: Partial<MsTraits> } = {},
): MsTable {
  const { traits, ...parts } = more;
  return new MsTable({
    ...{ id: 1, name: { schema: 'dbo', table: name }, created: '2026-01-02T03:04:05' },
    columns: columns.map((column, at) => (column.id === 0 ? { ...column, id: at + 1 } : column)),
    ...{ indexes: [], checks: [], foreignKeys: [], properties: [], schemes: [], requires: [] },
    ...parts,
    traits: { ...ORDINARY, ...traits },
  });
}

export function modelOf(table: MsTable): TableModel {
  const may = { cdc: true, changeTracking: true };
  return tableModel(table, { rows: 0, bytes: 0 }, may, new Set());
}

export function msModule(definition: string | null, more: Partial<MsModule> = {}): MsModule {
  return {
    ...{ id: 7, schema: 'dbo', name: 'open_orders', kind: 'view', code: 'V', definition },
    ...{ encrypted: false, ansiNulls: true, quotedIdentifier: true },
    ...more,
  };
}
