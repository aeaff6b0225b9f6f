import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { StreamScene } from './stream-scene.js';
import { openStreamScene } from './stream-scene.js';

const DDL = 'create table t (id int primary key, n int not null, u int unique, note text)';
const KILLS = 6;

describeEachPostgres('A lane on PostgreSQL %s whose writer is killed', (version) => {
  let scene: StreamScene;

  beforeEach(async () => {
    scene = await openStreamScene(version, DDL, ['t']);
  });

  afterEach(async () => {
    await scene.close();
  });

  test('has every row once, whatever ran when it died', async () => {
    let killed = 0;
    const deadline = Date.now() + patient(60_000);
    const enough = (): boolean => killed >= KILLS || Date.now() > deadline;
    const sessions = [scene.source, await scene.connect()];
    const kill = async (): Promise<void> => {
      while (!enough()) {
        // In the middle of a transaction, and as soon as a lane has an owner again.
        if (killed % 2 === 0) await waitFor('the lane writes', scene.isWriting);
        await waitFor('a writer is killed', scene.killWriter);
        killed += 1;
      }
    };
    await Promise.all([kill(), ...sessions.map(async (client, i) => work(client, i, enough))]);
    expect(killed).toBeGreaterThanOrEqual(KILLS);
    await scene.caughtUp();
    expect(await scene.rows('target', 't')).toBe(await scene.rows('source', 't'));
    const { rows } = await scene.target.query<{ gaps: string }>(
      `select count(*) as gaps from (select from_position, lag(to_position) over (order by run_id) as before
         from sluice.run where kind = 'batch') r where before <> from_position`,
    );
    expect(Number(rows[0]?.gaps)).toBe(0);
  });
});

/** Transactions of all sizes on keys of the session's own, some of them rolled back. */
async function work(
  client: { query(sql: string, values?: unknown[]): Promise<unknown> },
  session: number,
  enough: () => boolean,
): Promise<void> {
  const base = session * 100_000;
  const pick = (): number => base + Math.floor(Math.random() * 3_000);
  for (let round = 0; !enough(); round += 1) {
    const size = round % 8 === 0 ? 1_500 : 1 + Math.floor(Math.random() * 5);
    await client.query('begin');
    const from = pick();
    await client.query(
      `insert into t select g, 0, null, repeat('y', 150) from generate_series($1::int, $2::int) g
       on conflict (id) do update set n = t.n + 1, note = excluded.note`,
      [from, from + size],
    );
    await client.query('savepoint s');
    await client.query('update t set n = n + 10 where id between $1 and $2', [from, from + size]);
    if (round % 3 === 0) await client.query('rollback to s');
    const key = pick();
    await client.query('update t set u = $1, n = n + 1 where id = $1', [key]);
    await client.query('delete from t where id between $1::int and $1::int + 2', [pick()]);
    await client.query(round % 7 === 6 ? 'rollback' : 'commit');
  }
}
