import type { TablePage } from '../core/protocol.js';

/** Visit all tables, a page of names at a time. */
export async function eachPage(
  page: (after: string) => Promise<TablePage>,
  visit: (slugs: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let after: string | null = ''; after !== null;) {
    const { slugs, next }: TablePage = await page(after);
    await visit(slugs);
    after = next;
  }
}
