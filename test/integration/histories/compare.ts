import type { TableName } from '../../../src/core/names.js';
import type { End } from './ends.js';

/** Rows of a table that are not on both sides with the same values, shortened. */
export async function differences(source: End, target: End, name: TableName): Promise<string[]> {
  const [left, right] = await Promise.all([counted(source, name), counted(target, name)]);
  const { table } = name;
  const found: string[] = [];
  for (const [text, n] of left)
    if (right.get(text) !== n) found.push(`${table} lacks ${short(text)}`);
  for (const [text, n] of right)
    if (left.get(text) !== n) found.push(`${table} has ${short(text)} too much`);
  return found;
}

/** Columns by name, as a renamed one keeps its place on one side only; how often a row is there. */
async function counted(end: End, name: TableName): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const row of await end.rows(name)) {
    const cells = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = JSON.stringify(Object.fromEntries(cells));
    found.set(text, (found.get(text) ?? 0) + 1);
  }
  return found;
}

function short(text: string): string {
  return text.replaceAll(
    /"([^"]{10})[^"]{20,}([^"]{6})"/g,
    (_, head: string, tail: string) => `"${head}…${tail}"`,
  );
}
