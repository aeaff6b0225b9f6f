import { z } from 'zod';
import type { MsTable } from '../catalog/model.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { CODE_PAGE } from './sql/existing.js';

const pageRow = z.object({ page: z.number().nullable() });

/** Code pages of the collations of two tables, as the session's server knows them. */
export async function readCodePages(
  query: Query,
  tables: readonly MsTable[],
): Promise<(collation: string) => number | null> {
  const collations = tables.flatMap(({ columns }) =>
    columns.flatMap(({ collation, type }) =>
      collation === null || type.name.startsWith('n') ? [] : [collation],
    ),
  );
  const pages = new Map<string, number | null>();
  const unique = new Set(collations);
  // One collation on both sides needs no answer.
  for (const collation of unique.size < 2 ? [] : unique) {
    const params = [param.nvarchar('collation', collation)];
    const [row] = await readRows(query, CODE_PAGE, pageRow, params);
    pages.set(collation, row?.page ?? null);
  }
  return (collation) => pages.get(collation) ?? null;
}
