import { describe, expect, it } from 'vitest';
import { formatNeutral } from '../../../../src/core/neutral-type.js';
import { neutralTableOf } from '../../../../src/engines/sqlserver/catalog/neutral-table-of.js';
import { neutralTypeOf } from '../../../../src/engines/sqlserver/catalog/neutral-type-of.js';
import { typeText } from '../../../../src/engines/sqlserver/catalog/type-text.js';
import { foreignKey, msColumn, msIndex, msTable, primaryKey } from '../ms-models.js';

describe('types of columns', () => {
  it.each([
    ['bit', 'boolean'],
    ['tinyint', 'integer(8)'],
    ['bigint', 'integer(64)'],
    ['decimal(38,10)', 'decimal(38,10)'],
    ['real', 'float(32)'],
    ['float', 'float(64)'],
    ['date', 'date'],
    ['time(7)', 'time(7)'],
    ['datetime', 'timestamp(3,none)'],
    ['datetime2(7)', 'timestamp(7,none)'],
    ['datetimeoffset(3)', 'timestamp(3,offset)'],
    ['uniqueidentifier', 'uuid'],
    ['varbinary(max)', 'binary(*)'],
    ['binary(16)', 'binary(16,fixed)'],
    ['nvarchar(50)', 'text(50)'],
    ['nchar(3)', 'text(3,fixed)'],
    ['varchar(max)', 'text(*)'],
    ['xml', 'xml'],
  ])('prints %s as it stands in DDL, and neutrally as %s', (text, neutral) => {
    const column = msColumn('c', text);
    expect(typeText(column.type)).toBe(text);
    const type = neutralTypeOf(column);
    expect(type === null ? null : formatNeutral(type)).toBe(neutral);
  });

  it('calls a timestamp what it is and carries it as eight bytes', () => {
    const column = msColumn('c', 'timestamp');
    expect(typeText(column.type)).toBe('rowversion');
    expect(neutralTypeOf(column)).toEqual({ kind: 'binary', length: 8, fixed: true });
  });

  it.each(['sql_variant', 'hierarchyid', 'geography', 'geometry'])(
    'has no neutral form for %s',
    (text) => {
      expect(neutralTypeOf(msColumn('c', text))).toBeNull();
    },
  );
});

describe('the neutral form of a table', () => {
  it('leaves out what the source computes', () => {
    const computed = msColumn('twice', 'int', {
      computed: { definition: '([id]*(2))', persisted: true },
    });
    const table = msTable('orders', [msColumn('id', 'int'), computed]);
    expect(neutralTableOf(table).columns.map(({ name }) => name)).toEqual(['id']);
  });

  it('has keys, plain indexes and enabled foreign keys, and leaves the rest behind', () => {
    const table = msTable('orders', [msColumn('id', 'int', { nullable: false })], {
      indexes: [
        primaryKey('PK', 'id'),
        msIndex('UX', { unique: true }),
        msIndex('IX'),
        msIndex('IX_filtered', { filtered: true, filter: '([id]>(5))' }),
        msIndex('NCCI', { kind: 'nonclustered columnstore' }),
      ],
      foreignKeys: [foreignKey('FK'), foreignKey('FK_off', { disabled: true })],
    });
    const neutral = neutralTableOf(table);
    expect(neutral.primaryKey).toEqual({ name: 'PK', columns: ['id'] });
    expect(neutral.uniques.map(({ name }) => name)).toEqual(['UX']);
    expect(neutral.indexes.map(({ name }) => name)).toEqual(['IX']);
    expect(neutral.foreignKeys.map(({ name }) => name)).toEqual(['FK']);
  });
});
