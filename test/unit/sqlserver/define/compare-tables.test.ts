import { describe, expect, it } from 'vitest';
import type { MsColumn, MsIndex } from '../../../../src/engines/sqlserver/catalog/model.js';
import { compareTables } from '../../../../src/engines/sqlserver/define/compare-tables.js';
import { healStatements } from '../../../../src/engines/sqlserver/define/heal-statements.js';
import { PLAIN_TARGET } from '../../../../src/engines/sqlserver/define/target-facts.js';
import { ddl } from './ddl.js';
import { msColumn, msIndex, msTable, primaryKey } from '../ms-models.js';

const id = msColumn('id', 'int', { nullable: false });
const KEY = [primaryKey('PK', 'id')];
const CODE_PAGES: Readonly<Record<string, number>> = {
  Latin1_General_CI_AS: 1252,
  SQL_Latin1_General_CP1_CI_AS: 1252,
  Cyrillic_General_CI_AS: 1251,
  Latin1_General_100_CI_AS_SC_UTF8: 65001,
};

interface Sides {
  readonly source: readonly MsColumn[];
  readonly target: readonly MsColumn[];
  readonly indexes?: readonly MsIndex[];
  readonly known?: ReadonlyMap<number, string>;
}

function tablesOf({ source, target, indexes = KEY }: Sides) {
  return {
    source: msTable('t', [id, ...source], { indexes: KEY }),
    target: msTable('t', [id, ...target], { indexes }),
  };
}

function compare(sides: Sides) {
  return compareTables({
    ...tablesOf(sides),
    key: ['id'],
    known: sides.known ?? new Map(),
    codePage: (collation) => CODE_PAGES[collation] ?? null,
  });
}

function effects(source: readonly MsColumn[], target: readonly MsColumn[]): string[] {
  return compare({ source, target }).map(
    ({ effect, kind, subject }) => `${effect} ${kind} ${subject}`,
  );
}

describe('an existing target table', () => {
  it('is fine when it has the same columns in another order', () => {
    const [a, b] = [msColumn('a', 'int'), msColumn('b', 'nvarchar(10)')];
    expect(effects([a, b], [b, a])).toEqual([]);
  });

  it('lacks a column that can be added, or one that cannot', () => {
    const numbered = msColumn('n', 'int', {
      default: { name: 'DF', definition: '(NEXT VALUE FOR [dbo].[s])', systemNamed: false },
    });
    expect(effects([msColumn('a', 'int')], [])).toEqual(['heal column missing a']);
    expect(effects([numbered], [])).toEqual(['fatal column missing n']);
  });

  it('has a column of another type, named with both', () => {
    const [difference] = compare({
      source: [msColumn('a', 'datetime2(7)')],
      target: [msColumn('a', 'datetime2(3)')],
    });
    expect(difference).toMatchObject({
      effect: 'fatal',
      message: 'has column a as datetime2(3), the source as datetime2(7).',
    });
  });

  it('may be wider, but not where values are filled up', () => {
    const wider = ['nvarchar(50)', 'nvarchar(max)', 'decimal(10,2)', 'decimal(12,3)'];
    expect(effects([msColumn('a', wider[0] ?? '')], [msColumn('a', wider[1] ?? '')])).toEqual([
      'harmless type a',
    ]);
    expect(effects([msColumn('a', wider[2] ?? '')], [msColumn('a', wider[3] ?? '')])).toEqual([
      'harmless type a',
    ]);
    expect(effects([msColumn('a', 'char(5)')], [msColumn('a', 'char(6)')])).toEqual([
      'fatal type a',
    ]);
    expect(effects([msColumn('a', 'decimal(10,2)')], [msColumn('a', 'decimal(10,3)')])).toEqual([
      'fatal type a',
    ]);
  });

  it('refuses a name that differs only in case', () => {
    const [difference] = compare({
      source: [msColumn('Name', 'int')],
      target: [msColumn('name', 'int')],
    });
    expect(difference).toMatchObject({
      effect: 'fatal',
      kind: 'name case',
      message: 'has column name, which the source calls Name: the names differ only in case.',
    });
  });

  it('refuses a code page that lacks characters, not one that has them', () => {
    const text = (collation: string) => msColumn('a', 'varchar(9)', { collation });
    const latin = text('Latin1_General_CI_AS');
    expect(effects([latin], [text('Cyrillic_General_CI_AS')])).toEqual(['fatal collation a']);
    for (const same of ['SQL_Latin1_General_CP1_CI_AS', 'Latin1_General_100_CI_AS_SC_UTF8']) {
      expect(effects([latin], [text(same)])).toEqual(['harmless collation a']);
    }
  });

  it('11.13: refuses a key that it compares more loosely than the source', () => {
    const named = (collation: string) =>
      msTable('t', [msColumn('k', 'nvarchar(9)', { collation, nullable: false })], {
        indexes: [primaryKey('PK', 'k')],
      });
    const found = (source: string, target: string) =>
      compareTables({
        ...{ source: named(source), target: named(target), key: ['k'] },
        known: new Map(),
        codePage: (collation) => CODE_PAGES[collation] ?? null,
      }).map(({ effect, kind }) => `${effect} ${kind}`);
    const loose = 'Latin1_General_CI_AS';
    expect(found('Latin1_General_CS_AS', loose)).toEqual(['fatal collation']);
    expect(found('Latin1_General_100_BIN2', loose)).toEqual(['fatal collation']);
    expect(found(loose, 'Latin1_General_CI_AI')).toEqual(['fatal collation']);
    for (const other of ['SQL_Latin1_General_CP1_CI_AS', 'French_CS_AS', 'Latin1_General_BIN']) {
      expect(found(loose, other)).toEqual(['harmless collation']);
    }
  });

  it('takes a rowversion as eight bytes or as its own', () => {
    const source = [msColumn('v', 'timestamp')];
    expect(effects(source, [msColumn('v', 'binary(8)')])).toEqual([]);
    expect(effects(source, [msColumn('v', 'timestamp')])).toEqual([]);
  });

  it('computes a column by itself where the source does, by the same expression', () => {
    const computed = (definition: string) =>
      msColumn('c', 'int', { computed: { definition, persisted: false } });
    expect(effects([computed('([id])')], [computed('([id])')])).toEqual([]);
    expect(effects([computed('([id])')], [computed('([id]+(1))')])).toEqual(['fatal generated c']);
    expect(effects([msColumn('c', 'int')], [computed('([id])')])).toEqual(['fatal generated c']);
  });

  it('needs a unique index on the key that knows every row', () => {
    const filtered = msIndex('UX', { unique: true, filtered: true });
    const [difference] = compare({ source: [], target: [], indexes: [filtered] });
    expect(difference).toMatchObject({ effect: 'fatal', kind: 'key', subject: 'id' });
  });

  it('may have columns of its own, if rows can be written without them', () => {
    expect(effects([], [msColumn('own', 'int')])).toEqual(['harmless column extra own']);
    expect(effects([], [msColumn('own', 'int', { nullable: false })])).toEqual([
      'fatal column extra own',
    ]);
  });
});

describe('mending an existing table', () => {
  function heal(sides: Sides): string[] {
    const { source, target } = tablesOf(sides);
    const place = { target: { schema: 'dbo', table: 't' }, facts: PLAIN_TARGET };
    return ddl(healStatements(compare(sides), source, target, place));
  }

  it('adds a NOT NULL column without a default as nullable: its values follow as changes', () => {
    const added = msColumn('a', 'int', { nullable: false });
    const kept = msColumn('b', 'int', {
      nullable: false,
      default: { name: 'DF_b', definition: '((0))', systemNamed: false },
    });
    expect(heal({ source: [added, kept], target: [] })).toEqual([
      'ALTER TABLE [dbo].[t] ADD [a] int NULL',
      'ALTER TABLE [dbo].[t] ADD [b] int NOT NULL CONSTRAINT [DF_b] DEFAULT ((0))',
    ]);
  });

  it('renames, and drops with the default and the indexes that the source dropped first', () => {
    const source = [msColumn('title', 'int', { id: 2 })];
    const target = [
      msColumn('name', 'int'),
      msColumn('gone', 'int', {
        default: { name: 'DF_gone', definition: '((0))', systemNamed: false },
      }),
    ];
    const used = msIndex('IX_gone', {
      columns: msIndex('').columns.map((c) => ({ ...c, name: 'gone' })),
    });
    const known = new Map([
      [2, 'name'],
      [3, 'gone'],
    ]);
    expect(heal({ source, target, indexes: [...KEY, used], known })).toEqual([
      "EXEC sp_rename N'[dbo].[t].[name]', N'title', N'COLUMN'",
      'DROP INDEX [IX_gone] ON [dbo].[t]',
      'ALTER TABLE [dbo].[t] DROP CONSTRAINT [DF_gone]',
      'ALTER TABLE [dbo].[t] DROP COLUMN [gone]',
    ]);
  });

  it('allows NULL where the source does', () => {
    const source = [msColumn('a', 'nvarchar(5)')];
    const target = [msColumn('a', 'nvarchar(5)', { nullable: false })];
    expect(heal({ source, target })).toEqual([
      'ALTER TABLE [dbo].[t] ALTER COLUMN [a] nvarchar(5) COLLATE Latin1_General_CI_AS NULL',
    ]);
  });
});
