import { circleText, wayBack, type Referring } from '../../../core/foreign-key-circles.js';
import type { TableName } from '../../../core/names.js';
import type { MsForeignKey } from '../catalog/model.js';
import type { MappedTables } from './mapped-tables.js';

/** The circle of tables that a foreign key lies on, as a text; null: none. */
export function circleOf(from: TableName, key: MsForeignKey, tables: MappedTables): string | null {
  const way = wayBack(from, key.references, tables.placements.map(referring));
  return way === null ? null : circleText(way);
}

function referring({ table }: MappedTables['placements'][number]): Referring {
  const enabled = table.parts.foreignKeys.filter(({ disabled }) => !disabled);
  return { name: table.name, references: enabled.map(({ references }) => references) };
}
