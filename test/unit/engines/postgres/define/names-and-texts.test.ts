import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConstant } from '../../../../../src/engines/postgres/define/constant-default.js';
import { followTable } from '../../../../../src/engines/postgres/define/placement.js';
import { rewriteRelations } from '../../../../../src/engines/postgres/define/rewrite-relations.js';

describe('a name that follows its table', () => {
  it('keeps its end, and stays as it is where the table does', () => {
    expect(followTable('orders_pkey', 'orders', 'sales')).toBe('sales_pkey');
    expect(followTable('by_date', 'orders', 'sales')).toBe('sales_by_date');
    expect(followTable('by_date', 'orders', 'orders')).toBe('by_date');
  });

  it('fits into 63 bytes, and two names never become one', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(name, name, name, name, (a, b, from, to) => {
        const long = to.repeat(9);
        fc.pre(a !== b && from !== long);
        // Only a prefix that is the table's name already can hide behind the new prefix.
        fc.pre(!a.startsWith(from) && !b.startsWith(from));
        const [one, two] = [followTable(a, from, long), followTable(b, from, long)];
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(Math.max(63, Buffer.byteLength(a)));
        expect(one).not.toBe(two);
      }),
    );
  });
});

describe('a default', () => {
  it.each([
    null,
    '1',
    '(-1)',
    '1.5',
    `'x'::text`,
    `'it''s; now()'::character varying`,
    'true',
    `'{}'::integer[]`,
    `'2020-01-01'::date`,
    'NULL::character varying',
    `'(1,2)'::"my s"."t y"`,
    `'1 day'::interval day to second(3)`,
    `'-5'::integer`,
  ])('is constant: %s', (text) => {
    expect(isConstant(text)).toBe(true);
  });

  it.each([
    'now()',
    'CURRENT_USER',
    `nextval('a'::regclass)`,
    `('now'::text)::date`,
    `'a'::text || 'b'::text`,
    `'t'::regclass`,
    'random()',
    '(1 + 2)',
    'ARRAY[1, 2]',
  ])('is not known to be constant: %s', (text) => {
    expect(isConstant(text)).toBe(false);
  });
});

describe('tables in the text of a query', () => {
  const renamed = [{ from: { schema: 's', table: 't' }, to: { schema: 'x y', table: 'u' } }];
  it.each([
    ['SELECT t.a FROM s.t', 'SELECT t.a FROM "x y"."u" "t"'],
    ['SELECT o.a FROM s.t o', 'SELECT o.a FROM "x y"."u" o'],
    ['SELECT 1 FROM (s.a JOIN s.t ON true)', 'SELECT 1 FROM (s.a JOIN "x y"."u" "t" ON true)'],
    ['SELECT 1 FROM ONLY s.t WHERE true', 'SELECT 1 FROM ONLY "x y"."u" "t" WHERE true'],
    [`SELECT 'FROM s.t' AS x -- FROM s.t`, `SELECT 'FROM s.t' AS x -- FROM s.t`],
    ['SELECT s.t(1), "s.t" FROM s.t2', 'SELECT s.t(1), "s.t" FROM s.t2'],
    ['SELECT a.*::s.t FROM s.a', 'SELECT a.*::"x y"."u" FROM s.a'],
    ['RETURNS SETOF s.t AS $x$ FROM s.t $x$', 'RETURNS SETOF "x y"."u" AS $x$ FROM s.t $x$'],
    ['SELECT 1 FROM "s"."t", s.t z', 'SELECT 1 FROM "x y"."u" "t", "x y"."u" z'],
  ])('are renamed where they are relations: %s', (before, after) => {
    expect(rewriteRelations(before, renamed)).toBe(after);
  });

  it('are left as they are when none is renamed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const others = [
          { from: { schema: '\u0001', table: 'x' }, to: { schema: 'y', table: 'z' } },
        ];
        expect(rewriteRelations(text, others)).toBe(text);
      }),
    );
  });
});
