import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { TABLE } from './bench-table.js';
import type { Replica } from './replica.js';
import type { StreamStage } from './stream-stage.js';

const DEADLINE_MS = 300_000;

/** Wait until the row `id` of the replica carries `n`. */
export async function untilThere(client: pg.Client, id: number, n: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const { rows } = await client.query<{ n: number }>({
      name: 'there',
      text: `select n from ${TABLE} where id = $1`,
      values: [id],
    });
    if (rows[0]?.n === n) return;
    if (Date.now() > deadline) throw new Error('A replica did not catch up in five minutes.');
    await delay(5);
  }
}

let marks = 1_000_000;

/** Change the last row and wait for it: everything before it has arrived then. */
export async function catchUp(stage: StreamStage, replica: Replica, rows: number): Promise<void> {
  marks += 1;
  await stage.source.query(`update ${TABLE} set n = $1 where id = $2`, [marks, rows]);
  await untilThere(replica.client, rows, marks);
}

/** Seconds from the start of the source's transaction until all of it is on the replica. */
export async function oneTransaction(
  stage: StreamStage,
  replica: Replica,
  rows: number,
  count: number,
): Promise<number> {
  marks += 1;
  const first = 1 + Math.floor(Math.random() * (rows - count - 1));
  const began = performance.now();
  await stage.source.query(
    `update ${TABLE} set n = $1, price = price + 1, at = now() where id >= $2 and id < $3`,
    [marks, first, first + count],
  );
  await untilThere(replica.client, first + count - 1, marks);
  return seconds(began);
}

/** Insert `count` rows in one transaction; they are deleted again outside of the measurement. */
export async function inserts(
  stage: StreamStage,
  replica: Replica,
  rows: number,
  count: number,
): Promise<number> {
  marks += 1;
  const began = performance.now();
  await stage.source.query(
    `insert into ${TABLE}
     select g, $1, 'code-' || lpad(g::text, 10, '0'), (g % 100000)::numeric / 100,
            repeat(md5(g::text), 2), now(), true, jsonb_build_object('a', g)
       from generate_series($2::bigint, $3::bigint) g`,
    [marks, rows + 1, rows + count],
  );
  await untilThere(replica.client, rows + count, marks);
  const taken = seconds(began);
  await stage.source.query(`delete from ${TABLE} where id > $1`, [rows]);
  await catchUp(stage, replica, rows);
  return taken;
}

/**
 * Until the replica's slot begins where the replica is. A slot begins at the last list of running
 * transactions in the log, which the server writes every 15 s: started before that, a replica has the
 * former case's changes decoded again, and its time says how long ago that case was.
 */
async function freshStart(stage: StreamStage, replica: Replica, rows: number): Promise<void> {
  const { source } = stage;
  const { rows: began } = await source.query<{ lsn: string }>(
    'select pg_current_wal_insert_lsn()::text as lsn',
  );
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    await source.query('select pg_log_standby_snapshot()');
    await catchUp(stage, replica, rows);
    const { rows: slots } = await source.query<{ fresh: boolean | null }>(
      'select bool_and(restart_lsn >= $1::pg_lsn) as fresh from pg_replication_slots where active',
      [began[0]?.lsn],
    );
    if (slots[0]?.fresh === true) return;
    if (Date.now() > deadline) throw new Error('A slot did not move on in five minutes.');
    await delay(50);
  }
}

/** Seconds from the start of a replica that was `away` for `count` one-row transactions. */
export async function backlog(
  stage: StreamStage,
  replica: Replica,
  { rows, count, away }: { rows: number; count: number; away: 'stop' | 'pause' },
): Promise<number> {
  await freshStart(stage, replica, rows);
  await replica[away]();
  marks += 1;
  await stage.source.query('set synchronous_commit = off');
  await stage.source.query(`do $$ begin for i in 1..${String(count)} loop
    update ${TABLE} set n = ${String(marks)}, at = clock_timestamp() where id = (i::bigint * 7919) % ${String(rows - 1)} + 1;
    commit; end loop; end $$`);
  await stage.source.query('reset synchronous_commit');
  const last = ((count * 7919) % (rows - 1)) + 1;
  const began = performance.now();
  await replica.start();
  await untilThere(replica.client, last, marks);
  return seconds(began);
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}
