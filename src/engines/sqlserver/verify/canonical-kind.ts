import type { CanonicalKind } from '../../../core/canonical.js';
import type { MsType } from '../catalog/model.js';

/** Which of the canonical forms a type's values have; what only SQL Server knows is text or bytes. */
export function canonicalKind(type: MsType): CanonicalKind {
  switch (type.name) {
    case 'bit':
      return 'boolean';
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return 'integer';
    case 'decimal':
    case 'numeric':
    case 'money':
    case 'smallmoney':
      return 'decimal';
    case 'float':
    case 'real':
      return 'float';
    case 'date':
    case 'time':
      return type.name;
    case 'datetime':
    case 'smalldatetime':
    case 'datetime2':
    case 'datetimeoffset':
      return 'timestamp';
    case 'uniqueidentifier':
      return 'uuid';
    case 'char':
    case 'nchar':
      return 'fixed';
    default:
      return BYTES.has(type.name) ? 'binary' : 'text';
  }
}

const BYTES: ReadonlySet<string> = new Set([
  ...['binary', 'varbinary', 'image', 'timestamp', 'hierarchyid', 'geography', 'geometry'],
]);
