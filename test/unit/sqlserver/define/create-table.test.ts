import { describe, expect, it } from 'vitest';
import { createTable } from '../../../../src/engines/sqlserver/define/create-table.js';
import { indexStatements } from '../../../../src/engines/sqlserver/define/index-sql.js';
import { checkStatements } from '../../../../src/engines/sqlserver/define/check-sql.js';
import { propertyStatements } from '../../../../src/engines/sqlserver/define/property-sql.js';
import { Placement } from '../../../../src/engines/sqlserver/define/placement.js';
import type { TargetFacts } from '../../../../src/engines/sqlserver/define/target-facts.js';
import { PLAIN_TARGET } from '../../../../src/engines/sqlserver/define/target-facts.js';
import type { MsTable } from '../../../../src/engines/sqlserver/catalog/model.js';
import { ddl } from './ddl.js';
import { keyOf, msColumn, msIndex, msTable, primaryKey } from '../ms-models.js';

const HOME = { schema: 'dbo', table: 'orders' };

function at(table: MsTable, target = HOME, stage: string | null = null): Placement {
  return new Placement(table, target, stage);
}

function createSql(table: MsTable, facts: TargetFacts = PLAIN_TARGET): string[] {
  return ddl(createTable(at(table), facts));
}

describe('CREATE TABLE', () => {
  it('keeps identity, defaults with their names, collations, sparse, rowguidcol and computed columns', () => {
    const identity = { seed: '10', increment: '-5', lastValue: null, notForReplication: true };
    const table = msTable('orders', [
      msColumn('id', 'bigint', { nullable: false, identity }),
      msColumn('name', 'nvarchar(50)', {
        nullable: false,
        default: { name: 'DF_orders_name', definition: "(N'')", systemNamed: false },
      }),
      msColumn('note', 'varchar(max)', { sparse: true }),
      msColumn('guid', 'uniqueidentifier', {
        ...{ nullable: false, rowGuid: true },
        default: { name: 'DF_guid', definition: '(newid())', systemNamed: false },
      }),
      msColumn('twice', 'bigint', { computed: { definition: '([id]*(2))', persisted: false } }),
      msColumn('kept', 'bigint', {
        nullable: false,
        computed: { definition: '([id]*(3))', persisted: true },
      }),
    ]);
    expect(createSql(table)).toEqual([
      'CREATE TABLE [dbo].[orders] (' +
        '[id] bigint NOT NULL IDENTITY(10,-5) NOT FOR REPLICATION, ' +
        "[name] nvarchar(50) COLLATE Latin1_General_CI_AS NOT NULL CONSTRAINT [DF_orders_name] DEFAULT (N''), " +
        '[note] varchar(max) COLLATE Latin1_General_CI_AS SPARSE NULL, ' +
        '[guid] uniqueidentifier NOT NULL CONSTRAINT [DF_guid] DEFAULT (newid()) ROWGUIDCOL, ' +
        '[twice] AS ([id]*(2)), ' +
        '[kept] AS ([id]*(3)) PERSISTED NOT NULL)',
    ]);
  });

  it('keeps a rowversion as eight bytes, or makes one of its own', () => {
    const table = msTable('orders', [msColumn('v', 'timestamp', { nullable: false })]);
    expect(createSql(table)[0]).toContain('[v] binary(8) NOT NULL)');
    const native = { ...PLAIN_TARGET, rowversion: 'native' as const };
    expect(createSql(table, native)[0]).toContain('[v] rowversion NOT NULL)');
  });

  it('uses an alias type, but for a collation that the database does not have', () => {
    const declared = { schema: 'dbo', name: 'Name' };
    const table = msTable('orders', [msColumn('n', 'nvarchar(40)', { declared })]);
    const same = { ...PLAIN_TARGET, collation: 'Latin1_General_CI_AS' };
    expect(createSql(table, same)[0]).toContain('[n] [dbo].[Name] NULL');
    expect(createSql(table)[0]).toContain('[n] nvarchar(40) COLLATE Latin1_General_CI_AS NULL');
  });

  it('puts rows on their partition scheme, and on PRIMARY where a filegroup is absent', () => {
    const day = msColumn('day', 'date', { nullable: false });
    const [column] = keyOf('day');
    const columns = column === undefined ? [] : [{ ...column, partitionPlace: 1 }];
    const partitioned = msIndex('', {
      ...{ kind: 'heap', dataSpace: 'ps_day', partitioned: true, columns },
      compression: [
        { partition: 1, kind: 'PAGE' },
        { partition: 2, kind: 'PAGE' },
        { partition: 4, kind: 'ROW' },
      ],
    });
    expect(createSql(msTable('orders', [day], { indexes: [partitioned] }))[0]).toBe(
      'CREATE TABLE [dbo].[orders] ([day] date NOT NULL) ON [ps_day]([day]) WITH (' +
        'DATA_COMPRESSION = PAGE ON PARTITIONS (1 TO 2), DATA_COMPRESSION = ROW ON PARTITIONS (4))',
    );
    const archive = msIndex('', { kind: 'heap', dataSpace: 'ARCHIVE' });
    const absent = msTable('orders', [day], { indexes: [archive] });
    expect(createSql(absent)[0]).toMatch(/ ON \[PRIMARY\]$/);
    const facts = { ...PLAIN_TARGET, filegroups: new Set(['PRIMARY', 'ARCHIVE']) };
    expect(createSql(absent, facts)[0]).toMatch(/ ON \[ARCHIVE\]$/);
  });

  it('quotes names with brackets, dots, quotes and emoji of 128 characters', () => {
    const name = `a]b.c'd"e😀`.padEnd(128, 'x');
    const [sql] = createSql(msTable('orders', [msColumn(name, 'int')]));
    expect(sql).toContain(`[${name.replace(']', ']]')}] int NULL`);
  });
});

describe('keys and indexes', () => {
  const columns = [msColumn('id', 'int', { nullable: false }), msColumn('b', 'int')];

  it('11.4: makes the clustered one first, keys next, and keeps every option but IGNORE_DUP_KEY', () => {
    const table = msTable('orders', columns, {
      indexes: [
        msIndex('IX', {
          columns: [
            ...keyOf('b').map((column) => ({ ...column, descending: true })),
            ...keyOf('id').map((column) => ({ ...column, keyPlace: 0, included: true })),
          ],
          ...{ filtered: true, filter: '([b] IS NOT NULL)', fillFactor: 80, padded: true },
          ...{ rowLocks: false, pageLocks: false },
          compression: [{ partition: 1, kind: 'PAGE' }],
        }),
        msIndex('UQ', { unique: true, constraint: true, ignoresDuplicates: true }),
        primaryKey('PK', 'id', 'b'),
      ],
    });
    expect(ddl(indexStatements(at(table), PLAIN_TARGET))).toEqual([
      'ALTER TABLE [dbo].[orders] ADD CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([id] ASC, [b] ASC) ON [PRIMARY]',
      'ALTER TABLE [dbo].[orders] ADD CONSTRAINT [UQ] UNIQUE NONCLUSTERED ([id] ASC) ON [PRIMARY]',
      'CREATE NONCLUSTERED INDEX [IX] ON [dbo].[orders] ([b] DESC) INCLUDE ([id]) WHERE ([b] IS NOT NULL) WITH (PAD_INDEX = ON, FILLFACTOR = 80, ALLOW_ROW_LOCKS = OFF, ALLOW_PAGE_LOCKS = OFF, DATA_COMPRESSION = PAGE) ON [PRIMARY]',
    ]);
  });

  it('makes columnstores, and leaves disabled indexes disabled', () => {
    const included = keyOf('b').map((column) => ({ ...column, keyPlace: 0, included: true }));
    const table = msTable('orders', columns, {
      indexes: [
        msIndex('CCI', { kind: 'clustered columnstore', columns: [], dataSpace: null }),
        msIndex('NCCI', { kind: 'nonclustered columnstore', columns: included, dataSpace: null }),
        msIndex('OFF', { disabled: true, dataSpace: null }),
      ],
    });
    expect(ddl(indexStatements(at(table), PLAIN_TARGET))).toEqual([
      'CREATE CLUSTERED COLUMNSTORE INDEX [CCI] ON [dbo].[orders]',
      'CREATE NONCLUSTERED COLUMNSTORE INDEX [NCCI] ON [dbo].[orders] ([b])',
      'CREATE NONCLUSTERED INDEX [OFF] ON [dbo].[orders] ([id] ASC)',
      'ALTER INDEX [OFF] ON [dbo].[orders] DISABLE',
    ]);
  });

  it('gives constraints of a renamed table names of their own, and makes all in the stage', () => {
    const table = msTable('orders', columns, { indexes: [primaryKey('PK_orders', 'id')] });
    const placement = at(table, { schema: 'app', table: 'sales' }, 'sluice_stage_7');
    const [key] = indexStatements(placement, PLAIN_TARGET);
    expect(key?.sql).toContain('[sluice_stage_7].[sales] ADD CONSTRAINT [PK_sales]');
  });
});

describe('checks and properties', () => {
  const flags = { disabled: false, notTrusted: false, notForReplication: false };

  it('8.8: proves a trusted check, and neither an untrusted nor a disabled one', () => {
    const definition = '([id]>(0))';
    const checks = [
      { id: 1, name: 'CK', definition, ...flags },
      { id: 2, name: 'CK_old', definition, ...flags, notTrusted: true, notForReplication: true },
      { id: 3, name: 'CK_off', definition, ...flags, disabled: true },
    ];
    const table = msTable('orders', [msColumn('id', 'int')], { checks });
    expect(ddl(checkStatements(at(table)))).toEqual([
      'ALTER TABLE [dbo].[orders] WITH CHECK ADD CONSTRAINT [CK] CHECK ([id]>(0))',
      'ALTER TABLE [dbo].[orders] WITH NOCHECK ADD CONSTRAINT [CK_old] CHECK NOT FOR REPLICATION ([id]>(0))',
      'ALTER TABLE [dbo].[orders] WITH NOCHECK ADD CONSTRAINT [CK_off] CHECK ([id]>(0))',
      'ALTER TABLE [dbo].[orders] NOCHECK CONSTRAINT [CK_off]',
    ]);
  });

  it('adds extended properties with the type of their value', () => {
    const about = { column: null, index: null, constraint: null };
    const properties = [
      { ...about, name: 'MS_Description', valueType: 'nvarchar', value: "all 'orders'" },
      { ...about, name: 'rank', valueType: 'int', value: '5', column: 'id' },
    ];
    const table = msTable('orders', [msColumn('id', 'int')], { properties });
    expect(ddl(propertyStatements(at(table)))).toEqual([
      "EXEC sys.sp_addextendedproperty @name = N'MS_Description', @value = N'all ''orders''', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'orders'",
      "DECLARE @value sql_variant = CONVERT(int, N'5'); EXEC sys.sp_addextendedproperty @name = N'rank', @value = @value, @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'orders', @level2type = N'COLUMN', @level2name = N'id'",
    ]);
  });
});
