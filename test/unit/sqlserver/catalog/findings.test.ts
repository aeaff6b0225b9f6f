import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../../src/engines/sqlserver/catalog/feeds-of.js';
import { tableFindings } from '../../../../src/engines/sqlserver/catalog/findings.js';
import type { MsColumn, MsTraits } from '../../../../src/engines/sqlserver/catalog/model.js';
import { keyOf, modelOf, msColumn, msIndex, msTable, primaryKey } from '../ms-models.js';

const id = msColumn('id', 'int', { nullable: false });
const indexes = [primaryKey('PK_t', 'id')];

function codesOf(columns: readonly MsColumn[], more: Parameters<typeof msTable>[2] = {}) {
  const table = msTable('t', [id, ...columns], { indexes, ...more });
  return tableFindings(table).map(({ severity, code }) => `${severity} ${code}`);
}

describe('findings of a table', () => {
  it('has nothing to say about an ordinary one', () => {
    expect(codesOf([msColumn('name', 'nvarchar(50)')])).toEqual([]);
  });

  it.each<[Partial<MsTraits>, string]>([
    [{ external: true }, 'error table.external'],
    [{ fileTable: true }, 'error table.filetable'],
    [{ graph: true }, 'error table.graph'],
    [{ ledger: true }, 'error table.ledger'],
    [{ filtered: true }, 'error table.row-security'],
    [{ maySelect: false }, 'error table.select'],
    [{ temporal: 'current' }, 'info table.temporal'],
  ])('says of %j: %s', (traits, code) => {
    expect(codesOf([], { traits })).toContain(code);
  });

  it('11.14: makes a memory-optimised table on disk and says that no feed follows it', () => {
    const codes = codesOf([], { traits: { memoryOptimized: true } });
    expect(codes).toEqual(['info table.memory-optimized', 'warning table.no-feed']);
  });

  it('11.5: refuses encrypted, FILESTREAM and CLR columns by their name', () => {
    const declared = { schema: 'dbo', name: 'Point' };
    const table = msTable('t', [
      msColumn('secret', 'nvarchar(50)', { encrypted: true }),
      msColumn('file', 'varbinary(max)', { filestream: true }),
      msColumn('place', 'point', { isClr: true, declared }),
    ]);
    const errors = tableFindings(table).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual([
      'table.encrypted',
      'table.filestream',
      'table.clr-type',
    ]);
    for (const [at, name] of ['secret', 'file', 'place'].entries()) {
      expect(errors[at]?.message).toContain(`Column ${name}`);
    }
  });

  it('11.5: refuses a masked column without UNMASK, and says so with it', () => {
    const column = msColumn('salary', 'int', { masked: true });
    expect(codesOf([column], { traits: { mayUnmask: false } })).toEqual(['error table.masked']);
    expect(codesOf([column])).toEqual(['info table.masked']);
  });

  it('11.5: names the GRANT that shows a hidden definition', () => {
    const hidden = msColumn('n', 'int', {
      default: { name: 'DF_n', definition: null, systemNamed: false },
    });
    const [first] = tableFindings(msTable('t', [id, hidden], { indexes }));
    expect(first).toMatchObject({
      severity: 'warning',
      code: 'table.view-definition',
      message: expect.stringContaining('the default of n') as unknown,
      remedy: 'Run: GRANT VIEW DEFINITION ON [dbo].[t] TO <login>',
    });
  });

  it('refuses keys by which rows are not found with certainty', () => {
    const variant = msColumn('id', 'sql_variant', { nullable: false });
    const codes = tableFindings(msTable('t', [variant], { indexes })).map(({ code }) => code);
    expect(codes).toEqual(['table.key-type']);
  });

  describe('where a column of the primary key is computed, which no feed carries', () => {
    const code = msColumn('code', 'nvarchar(20)', { nullable: false });
    const upper = msColumn('upper_code', 'nvarchar(20)', {
      nullable: false,
      computed: { definition: '(upper([code]))', persisted: true },
    });
    const computed = [primaryKey('PK_t', 'id', 'upper_code')];
    const may = { cdc: true, changeTracking: true };
    const traits = { changeTracking: true };

    it('finds rows by another key, and follows them by Change Data Capture only', () => {
      const other = msIndex('UX', { unique: true, columns: keyOf('id', 'code') });
      const table = msTable('t', [id, code, upper], { indexes: [...computed, other], traits });
      expect(modelOf(table).key).toEqual(['id', 'code']);
      expect(feedsOf(table, may)).toEqual(['cdc']);
      expect(tableFindings(table)).toContainEqual({
        ...{ severity: 'info', code: 'table.no-primary-key', subject: 'dbo.t' },
        message:
          'Its primary key has the computed column upper_code, whose values no feed carries, so Change Tracking cannot follow it; rows are found by UX.',
      });
    });

    it('follows nothing without one, as the rest of the key names several rows', () => {
      const table = msTable('t', [id, code, upper], { indexes: computed, traits });
      expect(modelOf(table).key).toBeNull();
      expect(feedsOf(table, may)).toEqual([]);
      expect(tableFindings(table)).toContainEqual(
        expect.objectContaining({
          ...{ severity: 'warning', code: 'table.no-key' },
          message: expect.stringContaining('has the computed column upper_code') as unknown,
        }),
      );
      expect(modelOf(table).neutral.primaryKey).toBeNull();
    });
  });

  it('warns of columns that differ only in case', () => {
    expect(codesOf([msColumn('ID', 'int')])).toEqual(['warning table.column-case']);
  });

  it('says which indexes stay behind', () => {
    const others = [
      msIndex('xml', { kind: 'xml' }),
      msIndex('dup', { unique: true, ignoresDuplicates: true }),
    ];
    const codes = codesOf([], { indexes: [...indexes, ...others] });
    expect(codes).toEqual(['info table.index-not-copied', 'info table.ignore-dup-key']);
  });
});

describe('the feeds of a table', () => {
  const may = { cdc: true, changeTracking: true };

  it('takes a feed that is on before one that could be switched on', () => {
    const table = msTable('t', [id], { indexes, traits: { changeTracking: true } });
    expect(feedsOf(table, may)).toEqual(['changeTracking', 'cdc']);
    expect(feedsOf(table, { cdc: false, changeTracking: false })).toEqual(['changeTracking']);
  });

  it('has Change Tracking only with a primary key', () => {
    const unique = msIndex('UX', { unique: true, columns: keyOf('id') });
    expect(feedsOf(msTable('t', [id], { indexes: [unique] }), may)).toEqual(['cdc']);
  });

  it('has none without a key, in memory, as history or as a clustered columnstore', () => {
    const columnstore = msIndex('CCI', { kind: 'clustered columnstore' });
    const tables = [
      msTable('t', [id]),
      msTable('t', [id], { indexes, traits: { memoryOptimized: true } }),
      msTable('t', [id], { indexes, traits: { temporal: 'history' } }),
      msTable('t', [id], {
        indexes: [columnstore, msIndex('PK', { unique: true, primary: true })],
      }),
    ];
    for (const table of tables) expect(feedsOf(table, may)).toEqual([]);
  });
});
