import type { TableModel } from '../../../../../src/engines/contract/schema.js';
import type {
  PgColumn,
  PgIndex,
  PgRelation,
} from '../../../../../src/engines/postgres/catalog/model.js';
import { PgTable } from '../../../../../src/engines/postgres/catalog/model.js';

/** A model of a table as the catalogue would give it; only what a test names differs. */
export function column(name: string, changes: Partial<PgColumn> = {}): PgColumn {
  return {
    attnum: 1,
    name,
    type: 'integer',
    typeOid: '23',
    collation: null,
    defaultText: null,
    identity: null,
    generated: null,
    notNull: false,
    notNullName: null,
    notNullValidated: true,
    storage: null,
    compression: null,
    statisticsTarget: null,
    options: [],
    comment: null,
    sequences: [],
    writer: '1',
    ...changes,
  };
}

export function relation(name: string, changes: Partial<PgRelation> = {}): PgRelation {
  return {
    oid: `oid of ${name}`,
    schema: 's',
    name,
    kind: 'table',
    persistence: 'permanent',
    fileNode: '1',
    parent: null,
    partitionKey: null,
    partitionBound: null,
    inheritsFrom: [],
    hasChildren: false,
    replicaIdentity: 'default',
    rowSecurity: false,
    forceRowSecurity: false,
    options: [],
    toastOptions: [],
    comment: null,
    rows: 0,
    bytes: 0,
    columns: [],
    constraints: [],
    indexes: [],
    ...changes,
  };
}

export function uniqueIndex(name: string, columns: readonly string[]): PgIndex {
  return {
    oid: `oid of ${name}`,
    name,
    unique: true,
    primary: true,
    replicaIdentity: false,
    valid: true,
    immediate: true,
    parent: null,
    constraint: name,
    columns,
    partial: false,
    tail: `btree (${columns.join(', ')})`,
    options: [],
    comment: null,
  };
}

export function model(
  columns: readonly PgColumn[],
  key: readonly string[] = ['id'],
  more: readonly PgRelation[] = [],
  changes: Partial<PgRelation> = {},
): TableModel {
  const numbered = columns.map((entry, at) =>
    entry.attnum === 1 ? { ...entry, attnum: at + 1 } : entry,
  );
  const indexes = [uniqueIndex('t_pkey', key)];
  const root = relation('t', { columns: numbered, indexes, ...changes });
  return {
    name: { schema: 's', table: 't' },
    columns: [],
    key,
    rowsEstimated: 0,
    bytesEstimated: 0,
    fingerprint: '',
    findings: [],
    feeds: ['cdc'],
    neutral: { columns: [], primaryKey: null, uniques: [], indexes: [], foreignKeys: [] },
    native: new PgTable(root, [root, ...more], [], []),
  };
}
