import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  digestSql,
  partsSql,
  rowsSql,
} from '../../../../src/engines/postgres/verify/digest-sql.js';
import type { VerifyTable } from '../../../../src/engines/postgres/verify/verify-columns.js';
import { readVerifyTable } from '../../../../src/engines/postgres/verify/verify-columns.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { openSide, requestFor, type VerifySide } from './verify-fixture.js';

const REQUEST = requestFor(['id', 'word', 'doc'], ['id']);

const STATEMENTS: [string, (table: VerifyTable) => string][] = [
  ['the digest of a table', (table) => digestSql(REQUEST, table)],
  ['the digests of its parts', (table) => partsSql(REQUEST, table, { above: 1, below: 3 })],
  ['the rows of some parts', (table) => rowsSql(REQUEST, table, 3)],
];

async function planOf(
  side: VerifySide,
  statement: (table: VerifyTable) => string,
): Promise<string[]> {
  return side.session.transaction(async (query) => {
    await query('set local parallel_setup_cost = 0');
    await query('set local min_parallel_table_scan_size = 0');
    const sql = statement(await readVerifyTable(query, REQUEST)).replaceAll('$1', "'{1,2}'");
    const plan = await query<{ 'QUERY PLAN': string }>(`explain (verbose, costs off) ${sql}`);
    return plan.map((line) => line['QUERY PLAN']);
  });
}

describeEachPostgres('by canonical text on PostgreSQL %s', (version) => {
  let side: VerifySide;

  beforeAll(async () => {
    side = await openSide(version, 'verify_plans');
    await side.db.query(`create schema app;
      create table app.t (id bigint primary key, word text, doc jsonb);
      insert into app.t select n, 'a', '{"a": 1}' from generate_series(1, 5000) n;
      analyze app.t`);
  });

  afterAll(async () => side.close());

  it.each(STATEMENTS)('%s come from parallel workers, each text and hash once', async (...one) => {
    const lines = await planOf(side, one[1]);
    const scan = lines.findIndex((line) => line.includes('Parallel Seq Scan on app.t'));
    expect(scan).toBeGreaterThan(0);
    // What is computed below is named by its level: cells.c3, digests.key_sha.
    const texts = lines.flatMap((line, at) => (line.includes('(t.doc)::text') ? [at] : []));
    expect(texts).toEqual([scan + 1]);
    expect(lines.filter((line) => /(?:Filter|Sort Key): .*sha256/.test(line))).toEqual([]);
  });
});
