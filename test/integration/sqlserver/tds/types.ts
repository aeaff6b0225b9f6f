import type { ColumnMeta, MsType, MsTypeName } from '../../../support/sqlserver/backend.js';

export function type(name: MsTypeName, more: Partial<MsType> = {}): MsType {
  return { name, length: 0, precision: 0, scale: 0, collation: null, ...more };
}

export function column(name: string, of: MsType): ColumnMeta {
  return { name, type: of, nullable: true };
}
