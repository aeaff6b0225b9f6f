import { z } from 'zod';
import { readRows } from '../catalog/read-rows.js';
import { readServerFacts } from '../catalog/server-facts.js';
import { FILEGROUPS } from '../catalog/sql/partitions.js';
import type { Query } from '../sql-session.js';

/** `binary`: the source's rowversion values are kept; `native`: the target gives out its own. */
export type RowversionChoice = 'binary' | 'native';

/** What decides how a table is written for a target. */
export interface TargetFacts {
  /** What text columns have that name no collation. */
  readonly collation: string | null;
  readonly filegroups: ReadonlySet<string>;
  readonly rowversion: RowversionChoice;
}

export const PRIMARY = 'PRIMARY';

/** A target of which nothing is known: it has one filegroup, like every server. */
export const PLAIN_TARGET: TargetFacts = {
  collation: null,
  filegroups: new Set([PRIMARY]),
  rowversion: 'binary',
};

const filegroupRow = z.object({ name: z.string() });

export async function readTargetFacts(
  query: Query,
  rowversion: RowversionChoice = 'binary',
): Promise<TargetFacts> {
  const { collation } = await readServerFacts(query);
  const rows = await readRows(query, FILEGROUPS, filegroupRow);
  return { collation, rowversion, filegroups: new Set([PRIMARY, ...rows.map(({ name }) => name)]) };
}

/** The filegroup itself where the target has it. */
export function filegroupOn(facts: TargetFacts, filegroup: string): string {
  return facts.filegroups.has(filegroup) ? filegroup : PRIMARY;
}
