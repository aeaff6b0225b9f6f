import { z } from 'zod';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';

/** What decides which clauses a target understands. */
export interface TargetFacts {
  /** As server_version_num: 180004. */
  readonly version: number;
  readonly lz4: boolean;
}

/** The newest supported server with everything built in. */
export const NEWEST: TargetFacts = { version: 180_000, lz4: true };

const TARGET_FACTS = `
select current_setting('server_version_num')::int as version,
       exists (select from pg_settings
                where name = 'default_toast_compression' and 'lz4' = any (enumvals)) as lz4`;

export async function readTargetFacts(query: Query): Promise<TargetFacts> {
  const row = z.object({ version: z.number(), lz4: z.boolean() });
  const [facts] = await readRows(query, TARGET_FACTS, row);
  return facts ?? NEWEST;
}
