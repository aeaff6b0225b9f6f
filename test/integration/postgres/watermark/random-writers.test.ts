import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Followed, WatermarkScene } from './fixture.js';
import { openWatermarkScene, round, rowsOf } from './fixture.js';

const WRITERS = 3;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write'), by: fc.nat(WRITERS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('update'), by: fc.nat(WRITERS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin'), by: fc.nat(WRITERS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit'), by: fc.nat(WRITERS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback'), by: fc.nat(WRITERS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('round'), by: fc.constant(0) }) },
);

/** Each writer has rows of its own, so that none waits for another. */
const SQL: Readonly<Record<string, string>> = {
  write: `insert into random (writer) values ($1)`,
  update: `update random set n = nextval('random_n_seq'), at = now(), v = v + 1
            where writer = $1 and id % 2 = 0`,
};

describeEachPostgres('random writers on PostgreSQL %s', (version) => {
  let scene: WatermarkScene;
  let table: Followed;
  const writers: pg.Client[] = [];

  beforeAll(async () => {
    scene = await openWatermarkScene(version, 'random');
    table = await scene.createTable(
      `create table public.random (id int generated always as identity primary key, writer int,
         v int default 0, n bigserial not null, at timestamptz not null default now())`,
      'public.random',
    );
    for (let n = 0; n < WRITERS; n += 1) writers.push(await scene.source.connect());
  });

  afterAll(async () => {
    await scene.close();
  });

  it.each([
    ['a number', 'n'],
    ['a time', 'at'],
  ])('lose no row when it is followed by %s', async (_, column) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        let watermark: string | null = null;
        const follow = async () => {
          const options = { from: watermark, overlapMs: 0, pageRows: 10 };
          ({ watermark } = await round(scene, table, column, options));
        };
        await scene.source.query('truncate random');
        await scene.target.query('truncate random');
        for (const { kind, by } of steps) {
          if (kind === 'round') await follow();
          else if (SQL[kind] === undefined) await writers[by]?.query(kind);
          else await writers[by]?.query(SQL[kind], [by]);
        }
        for (const writer of writers) await writer.query('commit');
        await waitFor(
          'both sides are equal',
          async () => {
            await follow();
            const [left, right] = [
              await rowsOf(scene.source, 'random'),
              await rowsOf(scene.target, 'random'),
            ];
            return JSON.stringify(left) === JSON.stringify(right);
          },
          { timeoutMs: 10_000 },
        );
        expect(await rowsOf(scene.target, 'random')).toEqual(await rowsOf(scene.source, 'random'));
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
