import { pipeline } from 'node:stream/promises';
import copy from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nativeTable } from '../../../../src/engines/postgres/catalog/native.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { sessionOf } from './sessions.js';

const SETUP = `
CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION cube;
CREATE EXTENSION seg; CREATE EXTENSION isn; CREATE EXTENSION intarray;
CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN moody AS mood; CREATE DOMAIN moods AS mood[];
CREATE TYPE plain AS (a int, b text[]); CREATE TYPE nested AS (m mood, p plain);
CREATE TYPE mr AS RANGE (subtype = mood); CREATE DOMAIN ints AS int[] CHECK (cardinality(VALUE) < 9);
CREATE TYPE pr AS RANGE (subtype = plain); CREATE DOMAIN cls AS regclass;
CREATE TYPE holder AS (c regclass, n int);`;

/** Type, a value of it, and whether its binary form may travel. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['int[]', `'{1,2}'`, true],
  ['numeric(9,2)', '1.50', true],
  ['mood', `'b'`, true],
  ['moody', `'b'`, true],
  ['mr', `'[a,b]'`, true],
  ['ints', `'{1,2}'`, true],
  ['plain', `ROW(1, '{x}')`, true],
  ['pr', `'["(1,{})","(2,{})"]'`, true],
  ['hstore', `'a=>1'`, true],
  ['citext', `'x'`, true],
  ['ltree', `'a.b'`, true],
  ['int4multirange', `'{[1,3)}'`, true],
  ['oid', '77', true],
  ['int2vector', `'1 2'`, true],
  ['tsvector', `'a b'`, true],
  ['xml', `'<a/>'`, true],
  ['mood[]', `'{a,b}'`, true],
  ['moods', `'{a,b}'`, true],
  ['nested', `ROW('a', ROW(1, '{x}'))`, true],
  ['plain[]', `ARRAY[ROW(1, '{x}')::plain]`, true],
  ['hstore[]', `'{a=>1}'`, true],
  ['regclass', `'t'`, false],
  ['regtype[]', `'{mood}'`, false],
  ['holder', `ROW('t', 1)`, false],
  ['cls[]', `'{t}'`, false],
  ['cls', `'t'`, false],
  ['seg', `'1 .. 2'`, false],
];

describeEachPostgres('the binary form on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let target: TestDatabase;
  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'raw source');
    target = await createDatabase(sharedPostgres(version), 'raw target');
    const columns = CASES.map(([type], n) => `c${String(n)} ${type}`).join(', ');
    // Every oid on the target is another one.
    await target.query(`CREATE TYPE first AS (a int); CREATE TABLE second (a int)`);
    for (const database of [source, target]) {
      await database.query(SETUP);
      await database.query(`CREATE TABLE t (${columns})`);
      // COPY asks for the binary input of every column, also of those that it does not copy.
      const tables = CASES.map(([type], n) => `CREATE TABLE t${String(n)} (c ${type});`);
      await database.query(tables.join(' '));
    }
    const rows = CASES.map(([, value], n) => `INSERT INTO t${String(n)} VALUES (${value});`);
    await source.query(rows.join(' '));
  });
  afterAll(async () => {
    await Promise.all([source.drop(), target.drop()]);
  });

  it('is used for just those types whose values arrive by it unchanged', async () => {
    const session = sessionOf(source.url);
    const [model] = await readTables(session);
    await session.close();
    if (model === undefined) throw new Error('no table');
    expect(nativeTable(model).root.columns).toHaveLength(CASES.length);
    const said = model.columns.map((column, n) => [CASES[n]?.[0], column.rawSafe]);
    expect(said).toEqual(CASES.map(([type, , safe]) => [type, safe]));
    for (const [n, [type, , safe]] of CASES.entries()) {
      expect([type, await travels(`t${String(n)}`)]).toEqual([type, safe]);
    }
  });

  async function travels(table: string): Promise<boolean> {
    const [from, to] = [await source.connect(), await target.connect()];
    const read = from.query(copy.to(`COPY ${table} TO STDOUT (FORMAT binary)`));
    const write = to.query(copy.from(`COPY ${table} FROM STDIN (FORMAT binary)`));
    try {
      await pipeline(read, write);
    } catch {
      return false;
    } finally {
      await Promise.all([from.end(), to.end()]);
    }
    const sql = `SELECT c::text AS value FROM ${table}`;
    return JSON.stringify(await source.query(sql)) === JSON.stringify(await target.query(sql));
  }
});
