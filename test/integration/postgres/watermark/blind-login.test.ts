import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { WatermarkScene } from './fixture.js';
import { openWatermarkScene, round, rowsOf } from './fixture.js';

const LOGIN = 'sluice_blind_reader';

describeEachPostgres('a login that sees no others, on PostgreSQL %s', (version) => {
  let scene: WatermarkScene;

  beforeAll(async () => {
    const login = `${LOGIN}_${String(process.pid)}`;
    scene = await openWatermarkScene(version, 'blind', { user: login, password: () => 'blind' });
    await scene.source.query(`create role ${login} login password 'blind'`);
  });

  afterAll(async () => {
    const login = `${LOGIN}_${String(process.pid)}`;
    await scene.source.query(`drop owned by ${login}; drop role ${login}`);
    await scene.close();
  });

  it('reads up to the present minus the overlap while others work, and says so', async () => {
    const table = await scene.createTable(
      `create table public.t (id int primary key, at timestamptz not null);
       grant usage on schema public to public; grant select on public.t to public`,
      'public.t',
    );
    await scene.source.query(
      `insert into t values (1, now() - interval '1 hour'), (2, now() - interval '10 seconds')`,
    );
    const other = await scene.source.connect();
    await other.query('select 1');
    const options = { from: null, overlapMs: 60_000 };
    await round(scene, table, 'at', options);
    expect(await rowsOf(scene.target, 't')).toHaveLength(1);
    const codes = (await scene.from.findings(table.model, 'at')).map((finding) => finding.code);
    expect(codes).toContain('watermark.blind');
  });
});
