import { displayName, sameTable, type TableName } from './names.js';

/** A replicated table and those that its foreign keys refer to. */
export interface Referring {
  readonly name: TableName;
  readonly references: readonly TableName[];
}

/**
 * The shortest way by which a foreign key from a table to its parent leads back over other tables,
 * both ends included; null: none. A table that refers to itself is no circle: one statement takes a
 * whole tree.
 */
export function wayBack(
  from: TableName,
  parent: TableName,
  tables: readonly Referring[],
): readonly TableName[] | null {
  if (sameTable(from, parent)) return null;
  const byName = new Map(tables.map((table) => [keyOf(table.name), table.references]));
  const ways: (readonly TableName[])[] = [[from, parent]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1) ?? from;
    if (sameTable(last, from)) return way;
    if (seen.has(keyOf(last))) continue;
    seen.add(keyOf(last));
    for (const next of byName.get(keyOf(last)) ?? []) ways.push([...way, next]);
  }
  return null;
}

/** Each circle once, however many foreign keys lie on it. */
export function circlesOf(tables: readonly Referring[]): readonly (readonly TableName[])[] {
  const circles = new Map<string, readonly TableName[]>();
  for (const { name, references } of tables) {
    for (const parent of references) {
      const way = wayBack(name, parent, tables);
      if (way === null) continue;
      const members = [...new Set(way.map(keyOf))].sort().join('\n');
      if (!circles.has(members)) circles.set(members, way);
    }
  }
  return [...circles.values()];
}

/** As a text: `dbo.a → dbo.b → dbo.a`. */
export function circleText(circle: readonly TableName[]): string {
  return circle.map(displayName).join(' → ');
}

function keyOf({ schema, table }: TableName): string {
  return JSON.stringify([schema, table]);
}
