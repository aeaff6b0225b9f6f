import type { MsType } from '../../backend.js';
import type { TypeName } from '../../tsql/ast.js';
import { family, units } from './families.js';

/** A type as T-SQL would write it. */
export function writtenType(type: MsType): TypeName {
  return {
    name: [type.name],
    size: sizeOf(type),
    scale: type.name === 'decimal' ? type.scale : null,
  };
}

function sizeOf(type: MsType): number | 'max' | null {
  switch (type.name) {
    case 'decimal':
      return type.precision;
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return type.scale;
    case 'sysname':
    case 'text':
    case 'ntext':
    case 'image':
    case 'hierarchyid':
    case 'geography':
    case 'geometry':
    case 'timestamp':
      return null;
    default: {
      const kind = family(type);
      if (kind !== 'string' && kind !== 'binary') return null;
      return units(type) < 0 ? 'max' : units(type);
    }
  }
}
