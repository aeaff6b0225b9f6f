/** A repair of keys that the server calls equal although they are written differently. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verificationSide } from '../../../../src/activities/verify/verification-side.js';
import { compareSides } from '../../../../src/core/verification.js';
import { PostgresRepair } from '../../../../src/engines/postgres/verify/repair.js';
import { modelFor, openSide, requestFor, type VerifySide } from './verify-fixture.js';

let source: VerifySide;
let target: VerifySide;

beforeAll(async () => {
  source = await openSide('18', 'repair_keys_source');
  target = await openSide('18', 'repair_keys_target');
});

afterAll(async () => {
  await source.close();
  await target.close();
});

const TYPES: readonly (readonly [string, string, string])[] = [
  ['citext', 'citext', 'k, v'],
  ['a collation without case', 'text collate app.any_case', 'k, v'],
  ['citext that is all of the row', 'citext', 'k'],
];

describe('a repair', () => {
  it.each(TYPES)('writes the key as the source has it, once (%s)', async (_, type, columns) => {
    const names = columns.split(', ');
    for (const [{ db }, rows] of [
      [source, [`'Ab', 1`, `'c', 2`, `'d', 3`]],
      [target, [`'aB', 1`, `'C', 7`, `'x', 4`]],
    ] as const) {
      await db.query(`drop schema if exists app cascade; create schema app;
        create extension citext schema app;
        create collation app.any_case
          (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        set search_path = app;
        create table app.t (k ${type} primary key, v int default 0);
        insert into app.t values ${rows.map((row) => `(${row})`).join(', ')}`);
      if (columns === 'k') await db.query('alter table app.t drop column v');
    }
    const request = requestFor(names, ['k'], { form: 'native' });
    const compare = () =>
      compareSides(
        verificationSide(source.verify, request),
        verificationSide(target.verify, request),
        { maxDifferences: 10, maxRowsRead: 10 },
      );
    const found = await compare();
    const keys = found.differences.map(({ key }) => key);
    expect([...keys].sort()).toEqual(['1:C;', '1:c;', '1:d;', '1:x;', '2:Ab;', '2:aB;']);
    const repair = new PostgresRepair(source.session, target.session, null);
    await repair.repairRows(modelFor(names, ['k']), request.table, keys);
    expect((await compare()).differences).toEqual([]);
    const rows = `select t::text as row from app.t order by t::text collate "C"`;
    expect(await target.db.query(rows)).toEqual(await source.db.query(rows));
  });
});
