import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const DDL = `
  create type mood as enum ('sad', 'ok', 'happy');
  create table ck (
    a int, b text, v text, big text, tags text[], m mood,
    len int generated always as (length(v)) stored, primary key (b, a));
  alter table ck alter column big set storage external;
  create table uq (id int generated always as identity primary key, u int unique, big text);
  create table numbered (k text primary key, n int generated always as identity, w text, big text);
  alter table numbered alter column big set storage external;
  create table keyless (x int, y text, z json);
  alter table keyless replica identity full;`;
const TABLES = ['ck', 'uq', 'numbered', 'keyless'];

const big = `repeat(md5(random()::text), 200)`;
const small = fc.integer({ min: 1, max: 6 });
const word = fc.constantFrom('x', 'y', 'ü,"\\', '');

/** Statements that cannot fail, whatever is there. */
const statement: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(small, small, word).map(
    ([a, b, v]) =>
      `insert into ck values (${a}, 'k${b}', ${literal(v)}, ${big}, array[${literal(v)}, null], 'ok')
     on conflict do nothing`,
  ),
  fc
    .tuple(small, word)
    .map(([a, v]) => `update ck set v = ${literal(v)}, tags = '{}' where a = ${a}`),
  fc
    .tuple(small, small)
    .map(([a, b]) => `update ck set big = ${big} where a = ${a} and b = 'k${b}'`),
  fc.tuple(small, small, small).map(
    ([a, b, to]) =>
      `update ck set a = ${to}, m = 'happy' where a = ${a} and b = 'k${b}'
       and not exists (select from ck where a = ${to} and b = 'k${b}')`,
  ),
  fc.tuple(small, small).map(([a, b]) => `delete from ck where a = ${a} and b = 'k${b}'`),
  small.map((u) => `insert into uq (u, big) values (${u}, ${big}) on conflict do nothing`),
  fc.tuple(small, small).map(
    ([one, other]) =>
      `update uq set u = -1 where u = ${one};
     update uq set u = ${one} where u = ${other};
     update uq set u = ${other} where u = -1`,
  ),
  small.map((u) => `delete from uq where u = ${u}`),
  fc
    .tuple(small, word)
    .map(([x, y]) => `insert into keyless values (${x}, ${literal(y)}, '{"a": 1}')`),
  small.map((x) => `update keyless set y = y || '!' where x = ${x} and length(y) < 4`),
  small.map(
    (x) => `delete from keyless where ctid in (select ctid from keyless where x = ${x} limit 1)`,
  ),
  fc.tuple(word, word).map(
    ([k, w]) => `insert into numbered (k, w, big) values (${literal(k)}, ${literal(w)}, ${big})
     on conflict (k) do update set w = numbered.w || 'z'`,
  ),
  word.map((k) => `update numbered set n = default where k = ${literal(k)}`),
  word.map((k) => `delete from numbered where k = ${literal(k)}`),
  fc.constantFrom('truncate ck', 'truncate uq, ck', 'truncate keyless'),
);

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Each entry is one source transaction. */
const workload = fc.array(fc.array(statement, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 12,
});

describeEachPostgres('after any workload on PostgreSQL %s', (version) => {
  let scene: Scene;
  let writer: PgLaneWriter;

  beforeAll(async () => {
    scene = await openScene(version, 'exact');
    await scene.createTables(DDL, TABLES);
    writer = await scene.claim();
  });

  afterAll(async () => scene.close());

  async function sameOnBothSides(): Promise<void> {
    for (const table of TABLES) {
      expect(await scene.rows('target', table)).toEqual(await scene.rows('source', table));
    }
  }

  it('the target is equal to the source and nothing was missing', async () => {
    const batch = fc.constantFrom(1, 2, 5, 1_000);
    await fc.assert(
      fc.asyncProperty(workload, batch, async (transactions, perBatch) => {
        for (const statements of transactions) {
          await scene.source.query(`begin; ${statements.join(';')}; commit`);
        }
        expect((await replicate(scene, writer, perBatch)).missing).toBe(0);
        await sameOnBothSides();
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('the same holds when another order of writing has to be found', async () => {
    await scene.source.query(
      'truncate uq; insert into uq (u) select g from generate_series(1, 40) g',
    );
    await replicate(scene, writer);
    await scene.source.query(
      'begin; update uq set u = u + 100 where u <= 40; update uq set u = 141 - u; commit',
    );
    expect((await replicate(scene, writer)).missing).toBe(0);
    await sameOnBothSides();
  });
});
