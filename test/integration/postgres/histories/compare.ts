import type { TestDatabase } from '../../../support/postgres.js';
import type { Shop } from '../watermark/activity-fixture.js';

/** Rows of a table that are not on both sides with the same text, shortened. */
export async function differences(shop: Shop, table: string): Promise<string[]> {
  const [left, right] = await Promise.all([rows(shop.source, table), rows(shop.target, table)]);
  const found: string[] = [];
  for (const [text, n] of left)
    if (right.get(text) !== n) found.push(`${table} lacks ${short(text)}`);
  for (const [text, n] of right)
    if (left.get(text) !== n) found.push(`${table} has ${short(text)} too much`);
  return found;
}

/** Columns by name, as a renamed one keeps its place on one side only; how often a row is there. */
async function rows(database: TestDatabase, table: string): Promise<Map<string, number>> {
  const found = await database.query<{ text: string; n: string }>(
    `select to_jsonb(t)::text as text, count(*) as n from public.${table} t group by 1 order by 1`,
  );
  return new Map(found.map(({ text, n }) => [text, Number(n)]));
}

function short(text: string): string {
  return text.replaceAll(
    /"([^"]{10})[^"]{20,}([^"]{6})"/g,
    (_, head: string, tail: string) => `"${head}…${tail}"`,
  );
}
