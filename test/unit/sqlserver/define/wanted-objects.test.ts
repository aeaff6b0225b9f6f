import { describe, expect, it } from 'vitest';
import { DependencyGraph } from '../../../../src/engines/sqlserver/catalog/dependency-graph.js';
import type { MsModule } from '../../../../src/engines/sqlserver/catalog/object-model.js';
import { MsSchema } from '../../../../src/engines/sqlserver/catalog/read-schema.js';
import { wantedKeys } from '../../../../src/engines/sqlserver/define/foreign-key-sql.js';
import { MappedTables } from '../../../../src/engines/sqlserver/define/mapped-tables.js';
import { wantedObjects } from '../../../../src/engines/sqlserver/define/wanted-objects.js';
import { foreignKey, modelOf, msColumn, msModule, msTable } from '../ms-models.js';

const ORDERS = modelOf(msTable('orders', [msColumn('id', 'int')], { id: 1 }));
const OTHER = modelOf(msTable('other', [msColumn('id', 'int')], { id: 2 }));
const HOME = { schema: 'dbo', table: 'orders' };

interface Case {
  readonly modules: readonly MsModule[];
  readonly needs: readonly (readonly [number, number])[];
  readonly target?: { readonly schema: string; readonly table: string };
}

function wanted({ modules, needs, target = HOME }: Case) {
  const dependencies = new DependencyGraph(needs.map(([from, to]) => ({ from, to })));
  const schema = new MsSchema([ORDERS, OTHER], ['dbo'], [], [], modules, dependencies);
  const tables = new MappedTables(schema.tables, [{ source: HOME, target }]);
  return wantedObjects(schema, tables);
}

function view(id: number, name: string, text: string): MsModule {
  return msModule(`CREATE VIEW ${name} AS ${text}`, { id, name });
}

describe('views and routines that follow', () => {
  it('come in the order of what they need, and only when all their tables are replicated', () => {
    const modules = [
      view(11, 'top', 'SELECT * FROM dbo.bottom'),
      view(12, 'bottom', 'SELECT * FROM dbo.orders'),
      view(13, 'out', 'SELECT * FROM dbo.other'),
    ];
    const needs = [
      [11, 12],
      [12, 1],
      [13, 2],
    ] as const;
    const { objects } = wanted({ modules, needs });
    expect(objects.map(({ name }) => name.object)).toEqual(['[dbo].[bottom]', '[dbo].[top]']);
  });

  it('follow their tables to another schema', () => {
    const modules = [view(11, 'v', 'SELECT id FROM dbo.orders')];
    const target = { schema: 'app', table: 'sales' };
    const { objects } = wanted({ modules, needs: [[11, 1]], target });
    expect(objects[0]?.sql).toBe('CREATE OR ALTER VIEW [app].[v] AS SELECT id FROM [app].[sales]');
  });

  it('are left alone, and said, when they name a moved table without its schema', () => {
    const modules = [view(11, 'v', 'SELECT id FROM orders')];
    const target = { schema: 'app', table: 'sales' };
    const { objects, left } = wanted({ modules, needs: [[11, 1]], target });
    expect(objects).toEqual([]);
    expect(left[0]?.message).toBe(
      'view [dbo].[v] does not follow: it names orders, which is elsewhere on the target, without its schema.',
    );
  });

  it('are left alone, and said, when they are encrypted or hidden', () => {
    const modules = [
      msModule(null, { id: 11, name: 'secret', encrypted: true }),
      msModule(null, { id: 12, name: 'hidden' }),
    ];
    const { left } = wanted({ modules, needs: [] });
    expect(left.map(({ message }) => message)).toEqual([
      'view [dbo].[secret] does not follow: it is encrypted.',
      'view [dbo].[hidden] does not follow: the login may not see its text (GRANT VIEW DEFINITION on the source).',
    ]);
  });
});

describe('foreign keys between replicated tables', () => {
  const self = { references: HOME, columns: ['boss'] };
  const table = msTable('orders', [msColumn('id', 'int'), msColumn('boss', 'int')], {
    foreignKeys: [
      foreignKey('FK_self', { ...self, onDelete: 'CASCADE', onUpdate: 'SET NULL' }),
      foreignKey('FK_off', { ...self, disabled: true, notForReplication: true }),
      foreignKey('FK_out', { references: { schema: 'dbo', table: 'absent' } }),
    ],
  });
  const tables = new MappedTables([modelOf(table)], [{ source: HOME, target: HOME }]);

  it('are made and switched off, with their actions', () => {
    expect(wantedKeys(tables, false).map(({ statements }) => statements)).toEqual([
      [
        'ALTER TABLE [dbo].[orders] WITH NOCHECK ADD CONSTRAINT [FK_self] FOREIGN KEY ([boss]) REFERENCES [dbo].[orders] ([id]) ON DELETE CASCADE ON UPDATE SET NULL',
        'ALTER TABLE [dbo].[orders] NOCHECK CONSTRAINT [FK_self]',
      ],
      [
        'ALTER TABLE [dbo].[orders] WITH NOCHECK ADD CONSTRAINT [FK_off] FOREIGN KEY ([boss]) REFERENCES [dbo].[orders] ([id]) NOT FOR REPLICATION',
        'ALTER TABLE [dbo].[orders] NOCHECK CONSTRAINT [FK_off]',
      ],
    ]);
  });

  it('are checked when that is asked for, but for those that are off on the source', () => {
    const [enforced, off] = wantedKeys(tables, true);
    expect(enforced?.statements).toHaveLength(1);
    expect(enforced?.statements[0]).toContain('WITH CHECK ADD CONSTRAINT [FK_self]');
    expect(off?.statements).toHaveLength(2);
  });

  it('11.4: stay unchecked with the reason where they go in a circle of tables', () => {
    const named = (name: string, id: number, ...parents: string[]) => {
      const keys = parents.map((parent) =>
        foreignKey(`FK_${name}_${parent}`, { references: { schema: 'dbo', table: parent } }),
      );
      return modelOf(
        msTable(name, [msColumn('id', 'int'), msColumn('parent', 'int')], {
          id,
          foreignKeys: keys,
        }),
      );
    };
    const models = [named('a', 1, 'b'), named('b', 2, 'c'), named('c', 3, 'a'), named('d', 4, 'a')];
    const mappings = models.map(({ name }) => ({ source: name, target: name }));
    const keys = wantedKeys(new MappedTables(models, mappings), true);
    expect(keys.map(({ called, circle }) => [called, circle])).toEqual([
      ['FK_a_b', 'dbo.a → dbo.b → dbo.c → dbo.a'],
      ['FK_b_c', 'dbo.b → dbo.c → dbo.a → dbo.b'],
      ['FK_c_a', 'dbo.c → dbo.a → dbo.b → dbo.c'],
      ['FK_d_a', null],
    ]);
    const last = keys.map(({ statements }) => statements.at(-1));
    expect(last[0]).toBe('ALTER TABLE [dbo].[a] NOCHECK CONSTRAINT [FK_a_b]');
    expect(last[3]).toContain('WITH CHECK ADD CONSTRAINT [FK_d_a]');
  });
});
