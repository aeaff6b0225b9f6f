/** Sluice's own comparison of both sides, started as a person would start it. */
import type { SluiceClient } from '../../client.js';
import { DemoFailure } from './failure.js';
import { PIPELINE } from './pipeline-config.js';
import type { Screen } from './screen.js';
import type { SqlClient } from './sql-client.js';
import { count, took } from './text.js';

const TIMEOUT_MS = 60_000;

const RESULTS = `
select distinct on (t.table_id)
       t.source_table as name, v.result, v.source_rows as rows, v.differences, v.message
  from sluice.verification v join sluice.table_state t using (table_id)
 where t.pipeline = $1 and v.finished_at >= $2
 order by t.table_id, v.verification_id desc`;

export async function verify(
  screen: Screen,
  client: SluiceClient,
  target: SqlClient,
): Promise<void> {
  const began = Date.now();
  const [clock] = await target.run('select clock_timestamp()::text as now');
  const { result } = await client.startVerification({ pipeline: PIPELINE, scope: 'full' });
  await withTimeout(result());
  const rows = await target.run(RESULTS, [PIPELINE, clock?.now]);
  for (const row of rows) {
    if (row.result === 'passed' && Number(row.differences) === 0) continue;
    throw new DemoFailure(
      `The verification of ${String(row.name)} found ${String(row.differences)} ` +
        `differences (${String(row.result)}: ${String(row.message)}).`,
    );
  }
  if (rows.length === 0) throw new DemoFailure('The verification left no result in the target.');
  const total = rows.reduce((sum, row) => sum + Number(row.rows), 0);
  screen.done(
    `${count(rows.length)} tables, ${count(total)} rows compared by chunk digests, ` +
      `0 differences, in ${took(Date.now() - began)}`,
  );
}

async function withTimeout(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DemoFailure('The verification was not ready within 60 seconds.'));
    }, TIMEOUT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
