import { it, expect } from 'vitest';
import { openScene, resync } from './fixture.js';
it('stress', async () => {
  const scene = await openScene('18', 'stress');
  await scene.source.query(`create table public.bare (id int primary key, round int);
      insert into public.bare select n, 0 from generate_series(1, 2000) n`);
  await resync(scene, 'public.bare');
  const reader = await scene.target.connect();
  let stop = false;
  const seen = new Map<string, number>();
  const after: string[] = [];
  let now = 0;
  const reading = (async () => {
    while (!stop) {
      const { rows } = await reader.query(
        `select count(*)::int as rows, count(distinct round)::int as rounds, pg_relation_filenode('public.bare') f, min(round) r from public.bare`,
      );
      const k = `${rows[0].rows}/${rows[0].rounds}`;
      if (k !== '2000/1') after.push(`reader at round ${now}: ${JSON.stringify(rows[0])}`);
      seen.set(k, (seen.get(k) ?? 0) + 1);
    }
  })();
  for (now = 1; now <= 150; now += 1) {
    await scene.source.query(`update public.bare set round = ${now}`);
    await resync(scene, 'public.bare', { load: 'truncate' });
    const [r] = await scene.target.query(
      `select count(*)::int c, min(round) r, pg_relation_filenode('public.bare') f from public.bare`,
    );
    if (r?.['c'] !== 2000 || r['r'] !== now) after.push(`after ${now}: ${JSON.stringify(r)}`);
  }
  stop = true;
  await reading;
  console.log([...seen], after);
  await scene.close();
  expect(1).toBe(1);
}, 300000);
