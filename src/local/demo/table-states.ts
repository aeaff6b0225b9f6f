/** What Sluice says about its tables, read as a DBA would: with SQL from `sluice` in the target. */
import { z } from 'zod';
import { PIPELINE } from './pipeline-config.js';
import type { SqlClient } from './sql-client.js';

const row = z.object({
  slug: z.string(),
  name: z.string(),
  phase: z.string(),
  epoch: z.coerce.number(),
  rows_copied: z.coerce.number(),
  rows_estimated: z.coerce.number().nullable(),
  chunks_done: z.coerce.number(),
  chunks: z.coerce.number(),
  fault: z.string().nullable(),
});

export type TableState = z.infer<typeof row>;

const TABLES = `
select t.slug, t.source_table as name, t.phase, t.epoch, t.rows_copied, t.rows_estimated,
       coalesce(c.done, 0) as chunks_done, coalesce(c.total, 0) as chunks,
       t.fault_code || ': ' || t.fault_message as fault
  from sluice.table_state t
  left join lateral (select count(*) filter (where state = 'done') as done, count(*) as total
                       from sluice.chunk
                      where table_id = t.table_id and epoch = t.epoch) c on true
 where t.pipeline = $1
 order by t.slug`;

/** Every table of the pipeline; none before Sluice has made its schema. */
export async function readTables(target: SqlClient): Promise<readonly TableState[]> {
  const [there] = await target.run(`select to_regclass('sluice.table_state') is not null as yes`);
  if (there?.yes !== true) return [];
  return z.array(row).parse(await target.run(TABLES, [PIPELINE]));
}

const chunk = z.object({ n: z.coerce.number(), finished_at: z.coerce.string() });

/** The chunks of a table's present epoch that are done, with the time when they were. */
export async function readDoneChunks(
  target: SqlClient,
  slug: string,
): Promise<ReadonlyMap<number, string>> {
  const rows = await target.run(
    `select c.n, c.finished_at::text as finished_at
       from sluice.chunk c join sluice.table_state t using (table_id, epoch)
      where t.pipeline = $1 and t.slug = $2 and c.state = 'done'`,
    [PIPELINE, slug],
  );
  return new Map(
    z
      .array(chunk)
      .parse(rows)
      .map(({ n, finished_at }) => [n, finished_at]),
  );
}
