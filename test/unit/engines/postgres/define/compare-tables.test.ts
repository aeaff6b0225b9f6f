import { describe, expect, it } from 'vitest';
import { compareTables } from '../../../../../src/engines/postgres/define/compare-tables.js';
import { healStatements } from '../../../../../src/engines/postgres/define/heal-statements.js';
import { NEWEST } from '../../../../../src/engines/postgres/define/target-facts.js';
import { column, model, relation } from './table-models.js';

const id = column('id', { notNull: true });
const short = (...args: Parameters<typeof compareTables>) =>
  compareTables(...args).map(({ kind, effect, subject }) => `${effect} ${kind} ${subject}`);

describe('comparing two tables', () => {
  it('finds nothing in equal tables, in whatever order their columns are', () => {
    const source = model([id, column('a'), column('b')]);
    expect(short(source, model([column('b'), id, column('a')]))).toEqual([]);
  });

  it('lets a column be added only if its default is the same for every row', () => {
    const target = model([id]);
    expect(short(model([id, column('n')]), target)).toEqual(['heal column missing n']);
    for (const defaultText of ['now()', `nextval('s.q'::regclass)`, `('now'::text)::date`]) {
      expect(short(model([id, column('n', { defaultText })]), target)).toEqual([
        'fatal column missing n',
      ]);
    }
    const identity = column('n', { identity: 'always' });
    expect(short(model([id, identity]), target)).toEqual(['fatal column missing n']);
  });

  it('adds a column without its values where a copy brings them, but none that counts', () => {
    const source = model([id, column('at', { defaultText: 'now()', notNull: true })]);
    const differences = compareTables(source, model([id]), new Map(), true);
    const statements = healStatements(differences, source, model([id]), NEWEST);
    expect(statements.map(({ sql }) => sql)).toEqual([
      'ALTER TABLE "s"."t" ADD COLUMN IF NOT EXISTS "at" integer, ALTER COLUMN "at" SET DEFAULT now()',
    ]);
    const identity = column('n', { identity: 'always' });
    expect(short(model([id, identity]), model([id]), new Map(), true)).toEqual([
      'fatal column missing n',
    ]);
  });

  it('tells a rename by attnum from a drop and an addition', () => {
    const source = model([id, column('new', { attnum: 7 })]);
    const target = model([id, column('old')]);
    expect(short(source, target)).toEqual(['heal column missing new', 'harmless column extra old']);
    const known = new Map([
      [1, 'id'],
      [7, 'old'],
    ]);
    const differences = compareTables(source, target, known);
    expect(differences.map(({ kind, former }) => [kind, former])).toEqual([
      ['column renamed', 'old'],
    ]);
    const [statement] = healStatements(differences, source, target, NEWEST);
    expect(statement?.sql).toBe('ALTER TABLE "s"."t" RENAME COLUMN "old" TO "new"');
  });

  it('follows a key column that was renamed', () => {
    const source = model([column('key', { notNull: true })], ['key']);
    const target = model([id], ['id']);
    expect(short(source, target, new Map([[1, 'id']]))).toEqual(['heal column renamed key']);
  });

  it('drops a column only if it came from the source', () => {
    const target = model([id, column('gone'), column('own')]);
    const known = new Map([
      [1, 'id'],
      [2, 'gone'],
    ]);
    expect(short(model([id]), target, known)).toEqual([
      'heal column dropped gone',
      'harmless column extra own',
    ]);
  });

  it.each([
    ['type', column('v', { type: 'text' }), column('v', { type: 'character varying(5)' }), 'fatal'],
    ['nullable', column('v'), column('v', { notNull: true }), 'heal'],
    ['nullable', column('v', { notNull: true }), column('v'), 'harmless'],
    ['generated', column('v', { generated: 'stored', defaultText: '1' }), column('v'), 'fatal'],
    ['generated', column('v'), column('v', { generated: 'stored', defaultText: '1' }), 'fatal'],
  ])('names the column that differs in %s', (kind, ours, theirs, effect) => {
    expect(short(model([id, ours]), model([id, theirs]))).toEqual([`${effect} ${kind} v`]);
  });

  it('does not mind a virtual column that is stored on an older target', () => {
    const ours = column('v', { generated: 'virtual', defaultText: '(id * 2)' });
    const theirs = column('v', { generated: 'stored', defaultText: '(id * 2)' });
    expect(short(model([id, ours]), model([id, theirs]))).toEqual([]);
  });

  it('refuses a column of the target that must have a value and gets none', () => {
    const strict = column('own', { notNull: true });
    expect(short(model([id]), model([id, strict]))).toEqual(['fatal column extra own']);
  });

  it('wants a unique index on just the key', () => {
    const source = model([id, column('b')], ['id', 'b']);
    expect(short(source, model([id, column('b')], ['b', 'id']))).toEqual([]);
    expect(short(source, model([id, column('b')], ['id']))).toEqual(['fatal key id, b']);
  });

  it('compares partitions by their bounds under the same parent', () => {
    const root = { kind: 'partitioned', partitionKey: 'LIST (id)' } as const;
    const leaf = (name: string, bound: string) =>
      relation(name, { parent: 'oid of t', partitionBound: bound, columns: [id] });
    const source = model(
      [id],
      ['id'],
      [leaf('a', 'FOR VALUES IN (1)'), leaf('b', 'DEFAULT')],
      root,
    );
    const target = model(
      [id],
      ['id'],
      [leaf('x', 'FOR VALUES IN (1)'), leaf('y', 'FOR VALUES IN (3)')],
      root,
    );
    expect(short(source, target)).toEqual(['heal partition missing b', 'fatal partition extra y']);
    const plain = model([id]);
    expect(short(source, plain)).toEqual([]);
    const statements = healStatements(compareTables(source, target), source, target, NEWEST);
    expect(statements.map(({ sql }) => sql)).toEqual([
      'CREATE TABLE "s"."b" ("id" integer NOT NULL)',
      'ALTER TABLE ONLY "s"."t" ATTACH PARTITION "s"."b" DEFAULT',
    ]);
  });
});
