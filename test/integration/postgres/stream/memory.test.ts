import { describe, expect, test } from 'vitest';
import { TABLE, tableHash } from '../../../../bench/support/bench-table.js';
import { openOurs } from '../../../../bench/support/ours.js';
import { openStreamStage } from '../../../../bench/support/stream-stage.js';
import { patient, waitFor } from '../../../support/wait-for.js';

const LIMIT_MB = 300;
const HUGE = process.env.SLUICE_TEST_HUGE === '1';
const WHY_NOT = 'takes minutes and gigabytes: set SLUICE_TEST_HUGE=1';

describe('A lane in a process of its own', () => {
  test(
    'takes one transaction of 1,000,000 rows, killed once in its middle, within 300 MB',
    async () => {
      await takesOneTransactionOf(1_000_000);
    },
    patient(600_000),
  );

  test.skipIf(!HUGE)(
    `takes one transaction of 5,000,000 rows (${WHY_NOT})`,
    async () => {
      await takesOneTransactionOf(5_000_000);
    },
    patient(3_600_000),
  );
});

async function takesOneTransactionOf(rows: number): Promise<void> {
  const stage = await openStreamStage(1_000);
  const lane = await openOurs(stage);
  try {
    await lane.start();
    const inserting = stage.source.query(
      `insert into ${TABLE} select g, 1, 'code', g, repeat(md5(g::text), 2), now(), true, '{"a": 1}'
         from generate_series(10000::bigint, $1::bigint) g`,
      [10_000 + rows],
    );
    const watch = await stage.connect('ours');
    await waitFor(
      'the middle has been written',
      async () => (await writtenMb(watch)) > (rows * 220) / 2 / 1_048_576,
      { timeoutMs: rows / 2 },
    );
    const before = await lane.killAndRestart();
    await inserting;
    await waitFor(
      'the last row is there',
      async () =>
        (await watch.query(`select from ${TABLE} where id = $1`, [10_000 + rows])).rowCount === 1,
      { timeoutMs: rows / 2, intervalMs: 500 },
    );
    const { rssMb } = await lane.stop();
    expect(before).toBeLessThanOrEqual(LIMIT_MB);
    expect(rssMb).toBeLessThanOrEqual(LIMIT_MB);
    expect(await tableHash(stage.ours)).toBe(await tableHash(stage.source));
  } finally {
    lane.close();
    await stage.close();
  }
}

/** Also what is not committed. */
async function writtenMb(client: {
  query(sql: string): Promise<{ rows: unknown[] }>;
}): Promise<number> {
  const { rows } = await client.query(`select pg_relation_size('${TABLE}')::int8 / 1048576 as mb`);
  const row = rows[0];
  return typeof row === 'object' && row !== null && 'mb' in row ? Number(row.mb) : 0;
}
