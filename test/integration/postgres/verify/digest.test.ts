import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CanonicalKind, CanonicalValue } from '../../../../src/core/canonical.js';
import { canonicalCell, canonicalHash } from '../../../../src/core/canonical.js';
import { compareSides } from '../../../../src/core/verification.js';
import { PostgresRepair } from '../../../../src/engines/postgres/verify/repair.js';
import { verificationSide } from '../../../../src/activities/verify/verification-side.js';
import { is14Missing, titled } from '../../../support/postgres-versions.js';
import type { VerifySide } from './verify-fixture.js';
import { modelFor, openSide, requestFor } from './verify-fixture.js';

const LIMITS = { maxDifferences: 100, maxRowsRead: 50 };

describe.skipIf(is14Missing)(titled('verification between PostgreSQL 14 and 18'), () => {
  let source: VerifySide;
  let target: VerifySide;

  beforeAll(async () => {
    source = await openSide('14', 'verify_source');
    target = await openSide('18', 'verify_target');
  });

  afterAll(async () => {
    await source.close();
    await target.close();
  });

  beforeEach(async () => {
    for (const { db } of [source, target]) {
      await db.query('DROP SCHEMA IF EXISTS app CASCADE');
      await db.query('CREATE SCHEMA app');
      await db.query("CREATE TYPE app.mood AS ENUM ('sad', 'happy')");
      await db.query('CREATE DOMAIN app.amount AS numeric(12, 4)');
      await db.query(`CREATE TABLE app.t (
        id bigint, code text, n int, amount app.amount, ratio float8, single float4, ok bool,
        at timestamptz, local timestamp, day date, clock time, u uuid, raw bytea, fixed char(5),
        word varchar(50), doc jsonb, plain json, mood app.mood, tags text[], span interval,
        PRIMARY KEY (id, code))`);
    }
  });

  const COLUMNS = [
    'id, code, n, amount, ratio, single, ok, at, local, day, clock, u, raw, fixed, word, doc',
    'plain, mood, tags, span',
  ].flatMap((line) => line.split(', '));
  const request = (form: 'native' | 'canonical') => requestFor(COLUMNS, ['id', 'code'], { form });

  const fill = async (rows: number): Promise<void> => {
    for (const { db } of [source, target]) {
      await db.query(`INSERT INTO app.t
        SELECT n, 'k' || n % 7, n, n / 7.0, n / 3.0, n / 3.0, n % 2 = 0,
               timestamptz '2024-01-01 00:00:00.000001+00' + n * interval '1.000013 s',
               timestamp '1999-12-31 23:59:59.999999', date '2024-02-29' + n, time '01:02:03.4',
               md5(n::text)::uuid, decode(md5(n::text), 'hex'), 'ab', 'wörd ' || n,
               jsonb_build_object('n', n), '{"a":  1}', 'happy', ARRAY['a', NULL], '1 day'
          FROM generate_series(1, ${String(rows)}) AS n`);
    }
  };

  const compare = async (form: 'native' | 'canonical') =>
    compareSides(
      verificationSide(source.verify, request(form)),
      verificationSide(target.verify, request(form)),
      LIMITS,
    );

  it.each(['native', 'canonical'] as const)('finds equal tables equal (%s)', async (form) => {
    await fill(300);
    const result = await compare(form);
    expect(result).toEqual({ sourceRows: 300, targetRows: 300, differences: [], more: false });
  });

  const CHANGES: [string, string][] = [
    ['one bit of a float', "ratio = '0.30000000000000004', single = single"],
    ['the sign of a zero', "ratio = '-0'"],
    ['one bit of bytes', "raw = '\\x01'"],
    ['a trailing space', "word = word || ' '"],
    ["NULL where '' is", 'word = NULL'],
    ['a microsecond', "local = '1999-12-31 23:59:59.999998'"],
    ['a microsecond of a moment', "at = at + interval '1 microsecond'"],
    ['the last digit of a decimal', 'amount = amount + 0.0001'],
    ['an enum label', "mood = 'sad'"],
    ['a blank in a json text', `plain = '{"a": 1}'`],
    ['hours that are a day', "span = '24 hours'"],
    ['a NULL in an array', "tags = ARRAY['a', 'NULL']"],
  ];

  it.each(CHANGES)('finds %s, in both forms, and names the row', async (_what, set) => {
    await fill(40);
    await source.db.query("UPDATE app.t SET word = '', ratio = 0.3 WHERE id = 7");
    await target.db.query("UPDATE app.t SET word = '', ratio = 0.3 WHERE id = 7");
    if (set.startsWith("ratio = '-0'")) {
      await source.db.query('UPDATE app.t SET ratio = 0 WHERE id = 7');
      await target.db.query('UPDATE app.t SET ratio = 0 WHERE id = 7');
    }
    await target.db.query(`UPDATE app.t SET ${set} WHERE id = 7`);
    for (const form of ['native', 'canonical'] as const) {
      expect((await compare(form)).differences).toEqual([{ key: '7;2:k0;', kind: 'changed' }]);
    }
  });

  it('finds missing, extra and changed rows among many and repairs just those', async () => {
    await fill(3_000);
    await target.db.query('DELETE FROM app.t WHERE id IN (10, 2000)');
    await target.db.query('UPDATE app.t SET n = -1 WHERE id = 55');
    await source.db.query('DELETE FROM app.t WHERE id = 77');
    const { differences } = await compare('canonical');
    const found = differences.map((difference) => `${difference.kind} ${difference.key}`).sort();
    expect(found).toEqual([
      'changed 55;2:k6;',
      'extra 77;2:k0;',
      'missing 10;2:k3;',
      'missing 2000;2:k5;',
    ]);
    const repair = new PostgresRepair(source.session, target.session, null);
    const keys = differences.map((difference) => difference.key);
    const model = modelFor(COLUMNS, ['id', 'code']);
    const written = await repair.repairRows(model, { schema: 'app', table: 't' }, keys);
    expect(written).toBe(4);
    expect((await compare('native')).differences).toEqual([]);
  });

  it('reads single rows again by key', async () => {
    await fill(20);
    const rows = await source.verify.rowsByKey(request('native'), ['3;2:k3;', '99;2:k1;']);
    expect(rows.map((row) => row.key)).toEqual(['3;2:k3;']);
    const all = await source.verify.rowsOfParts(request('native'), ['']);
    expect(all.find((row) => row.key === '3;2:k3;')?.hash).toBe(rows[0]?.hash);
  });

  it('reads rows by a key of any type', async () => {
    await fill(20);
    const keys = ['ratio', 'single', 'ok', 'at', 'local', 'day', 'clock', 'u', 'raw', 'fixed'];
    for (const key of [...keys, 'amount', 'word', 'mood', 'tags', 'span']) {
      const by = requestFor(COLUMNS, [key]);
      const [first] = await source.verify.rowsOfParts(by, ['']);
      const again = await source.verify.rowsByKey(by, [first?.key ?? '']);
      expect(again.some((row) => row.key === first?.key)).toBe(true);
    }
  });

  it('compares only the last rows by key when asked', async () => {
    await fill(100);
    await target.db.query('UPDATE app.t SET n = -1 WHERE id = 5');
    const last = { ...request('native'), lastRows: 50 };
    const [left, right] = await Promise.all([
      source.verify.digest(last),
      target.verify.digest(last),
    ]);
    expect(left.rows).toBe(50);
    expect(right).toEqual(left);
  });

  it('has parts whose digests add up to the whole', async () => {
    await fill(500);
    for (const form of ['native', 'canonical'] as const) {
      const whole = await source.verify.digest(request(form));
      const parts = await source.verify.digestPartsBelow(request(form), [''], 256);
      const sum = parts.reduce((total, part) => total + BigInt(part.digest.hash), 0n);
      expect(sum.toString()).toBe(whole.hash);
      const below = await source.verify.digestPartsBelow(request(form), [parts[0]?.id ?? ''], 16);
      const rows = below.reduce((total, part) => total + part.digest.rows, 0);
      expect(rows).toBe(parts[0]?.digest.rows);
    }
  });

  it('gives the same canonical text as the implementation in JavaScript', async () => {
    const columns: [string, CanonicalKind, fc.Arbitrary<CanonicalValue>][] = [
      ['id', 'integer', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
      ['code', 'text', text()],
      ['n', 'integer', fc.option(fc.integer())],
      ['amount', 'decimal', fc.option(decimal())],
      ['ratio', 'float', fc.option(fc.double())],
      ['single', 'float', fc.option(fc.float())],
      ['ok', 'boolean', fc.option(fc.boolean())],
      ['at', 'timestamp', fc.option(moment())],
      ['local', 'timestamp', fc.option(moment())],
      ['u', 'uuid', fc.option(fc.uuid())],
      ['raw', 'binary', fc.option(fc.uint8Array({ maxLength: 20 }).map((b) => Buffer.from(b)))],
      ['fixed', 'fixed', fc.option(fc.string({ maxLength: 5 }))],
      ['word', 'text', fc.option(text())],
    ];
    const names = columns.map(([name]) => name);
    const rows = fc.sample(fc.tuple(...columns.map(([, , value]) => value)), 300);
    const client = await source.db.connect();
    await client.query("SET timezone = 'UTC'");
    const placeholders = names.map((_, n) => `$${String(n + 1)}`).join(', ');
    const expected = new Map<string, string>();
    for (const row of rows) {
      const values = row.map((value) => (typeof value === 'bigint' ? value.toString() : value));
      await client.query(
        `INSERT INTO app.t (${names.join(', ')}) VALUES (${placeholders}) ON CONFLICT DO NOTHING`,
        values.map((value) => (Object.is(value, -0) ? '-0' : value)),
      );
      const cells = columns.map(([, kind], n) => canonicalCell(kind, row[n] ?? null));
      const key = cells.slice(0, 2).join('');
      if (!expected.has(key)) expected.set(key, canonicalHash(cells.join('')).toString());
    }
    const found = await source.verify.rowsOfParts(requestFor(names, ['id', 'code']), ['']);
    const byKey = new Map(found.map((row) => [row.key, row.hash]));
    const wrong = [...expected].filter(([key, hash]) => byKey.get(key) !== hash);
    expect(wrong).toEqual([]);
    expect(byKey.size).toBe(expected.size);
  });

  it('gives the same canonical text for as many columns as a table may have', async () => {
    const names = Array.from({ length: 1600 }, (_, n) => `n${String(n)}`);
    const values = names.map((_, n) => (n % 3 === 1 ? null : n));
    const literals = values.map((value) => (value === null ? 'NULL' : String(value)));
    const expected = values.map((value) => canonicalCell('integer', value)).join('');
    for (const { db, verify } of [source, target]) {
      await db.query('DROP TABLE app.t');
      await db.query(`CREATE TABLE app.t (${names.join(' int, ')} int)`);
      await db.query(`INSERT INTO app.t VALUES (${literals.join(', ')})`);
      const [row] = await verify.rowsOfParts(requestFor(names, ['n0']), ['']);
      expect(row?.hash).toBe(canonicalHash(expected).toString());
    }
  });
});

function text(): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: 10 }).map((value) => value.replaceAll('\0', ''));
}

function decimal(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.boolean(), fc.integer({ min: 0, max: 99_999_999 }), fc.integer({ min: 0, max: 9999 }))
    .map(
      ([minus, whole, part]) =>
        `${minus ? '-' : ''}${String(whole)}.${String(part).padStart(4, '0')}`,
    );
}

/** Texts with six digits between the years 1 and 9999. */
function moment(): fc.Arbitrary<string> {
  const dates = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true,
  });
  return fc
    .tuple(dates, fc.integer({ min: 0, max: 999 }))
    .map(
      ([date, micros]) => `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}`,
    );
}
