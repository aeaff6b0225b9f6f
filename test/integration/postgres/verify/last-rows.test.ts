import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareLastRows } from '../../../../src/core/last-rows.js';
import { lastRowsSide } from '../../../../src/activities/verify/verification-side.js';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import { digestSql } from '../../../../src/engines/postgres/verify/digest-sql.js';
import { readVerifyTable } from '../../../../src/engines/postgres/verify/verify-columns.js';
import { is14Missing, titled } from '../../../support/postgres-versions.js';
import { openSide, requestFor, type VerifySide } from './verify-fixture.js';

const LIMITS = { maxDifferences: 100, maxRowsRead: 50 };
const ROWS = 2_000;
const LAST = 300;
/** Upper and lower case, an umlaut and a hyphen: each collation has an order of its own. */
const FILL = `insert into app.t
  select (array['a', 'B', 'ä', 'Z', 'z-'])[1 + i % 5] || i, i from generate_series(1, ${String(ROWS)}) i`;

/** Collation of the key on the source and on the target. */
const PAIRS = [
  ['"de-x-icu"', '"C"'],
  ['"C"', '"de-x-icu"'],
  ['"de-x-icu"', '"und-x-icu"'],
  ['app.upper_first', '"de-x-icu"'],
  ['app.any_case', '"C"'],
] as const;

describe.skipIf(is14Missing)(titled('the last rows by a text key'), () => {
  let source: VerifySide;
  let target: VerifySide;

  beforeAll(async () => {
    source = await openSide('14', 'last_rows_source');
    target = await openSide('18', 'last_rows_target');
  });

  afterAll(async () => {
    await source.close();
    await target.close();
  });

  const request: DigestRequest = requestFor(['k', 'n'], ['k'], { form: 'native', lastRows: LAST });

  async function fill(side: VerifySide, collation: string): Promise<void> {
    await side.db.query(`drop schema if exists app cascade; create schema app;
      create collation app.upper_first (provider = icu, locale = 'de-u-kf-upper');
      create collation app.any_case
        (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table app.t (k text collate ${collation} primary key, n int);
      ${FILL}; analyze app.t`);
  }

  const compare = () =>
    compareLastRows(
      lastRowsSide(source.verify, request),
      lastRowsSide(target.verify, request),
      LIMITS,
    );

  it.each(PAIRS)('are read by the index, whatever the collation (%s and %s)', async (...pair) => {
    const sides = [source, target];
    for (const [at, side] of sides.entries()) {
      await fill(side, pair[at] ?? '');
      const plan = await side.session.run(async (query) => {
        const table = await readVerifyTable(query, request);
        return query<{ 'QUERY PLAN': string }>(`explain ${digestSql(request, table)}`);
      });
      const lines = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(lines).toContain('Index Scan Backward using t_pkey');
      expect(lines).not.toContain('Sort');
    }
  });

  it.each(PAIRS)('are the same rows on both sides (%s and %s)', async (here, there) => {
    await fill(source, here);
    await fill(target, there);
    const counts = { sourceRows: LAST, targetRows: LAST };
    expect(await compare()).toEqual({ ...counts, differences: [], more: false });
  });

  it.each(PAIRS)(
    'show what is missing, extra or changed among them (%s, %s)',
    async (here, there) => {
      await fill(source, here);
      await fill(target, there);
      const last = async (side: VerifySide): Promise<string> => {
        const [row] = await side.db.query('select k from app.t order by k desc offset 7 limit 1');
        return String(row?.k);
      };
      const [gone, added] = [await last(source), `${await last(target)}+`];
      await target.db.query('delete from app.t where k = $1', [gone]);
      await target.db.query('insert into app.t values ($1, 0)', [added]);
      const [moved] = await source.db.query(
        'select k from app.t order by k desc offset 11 limit 1',
      );
      const changed = String(moved?.k);
      await target.db.query('update app.t set n = -1 where k = $1', [changed]);
      const { differences } = await compare();
      const found = differences.map(({ key, kind }) => `${kind} ${key.replace(/^\d+:|;$/g, '')}`);
      expect(found.sort()).toEqual([`changed ${changed}`, `extra ${added}`, `missing ${gone}`]);
    },
  );
});
