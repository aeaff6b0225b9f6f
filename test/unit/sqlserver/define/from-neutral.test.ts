import { describe, expect, it } from 'vitest';
import type { NeutralColumn, NeutralTable } from '../../../../src/core/neutral-table.js';
import { parseNeutral } from '../../../../src/core/neutral-type.js';
import { typeText } from '../../../../src/engines/sqlserver/catalog/type-text.js';
import { stageStatements } from '../../../../src/engines/sqlserver/define/stage-statements.js';
import { typeFromNeutral } from '../../../../src/engines/sqlserver/define/type-from-neutral.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';

function column(name: string, type: string | null, nullable = true): NeutralColumn {
  const neutral = type === null ? null : parseNeutral(type);
  return {
    name,
    type: neutral,
    sourceType: 'money[]',
    nullable,
    identity: false,
  };
}

function modelOf(neutral: Partial<NeutralTable>): TableModel {
  return {
    ...{ name: { schema: 'public', table: 'orders' }, columns: [], key: null },
    ...{ rowsEstimated: 0, bytesEstimated: 0, fingerprint: '', findings: [], feeds: [] },
    neutral: {
      ...{ columns: [], primaryKey: null, uniques: [], indexes: [], foreignKeys: [] },
      ...neutral,
    },
    native: null,
  };
}
import { ddl } from './ddl.js';

describe('types for a table of another engine', () => {
  it.each([
    ['boolean', 'bit'],
    ['integer(8)', 'tinyint'],
    ['integer(64)', 'bigint'],
    ['decimal(38,10)', 'decimal(38,10)'],
    ['float(32)', 'real'],
    ['date', 'date'],
    ['time(6)', 'time(6)'],
    ['timestamp(6,none)', 'datetime2(6)'],
    ['timestamp(6,utc)', 'datetimeoffset(6)'],
    ['timestamp(9,none)', 'datetime2(7)'],
    ['uuid', 'uniqueidentifier'],
    ['binary(*)', 'varbinary(max)'],
    ['binary(16,fixed)', 'binary(16)'],
    ['text(50)', 'nvarchar(50)'],
    ['text(5000)', 'nvarchar(max)'],
    ['text(3,fixed)', 'nchar(3)'],
    ['json', 'nvarchar(max)'],
    ['xml', 'nvarchar(max)'],
  ])('holds %s in %s', (neutral, text) => {
    const type = typeFromNeutral(parseNeutral(neutral), null);
    expect(type === null ? null : typeText(type)).toBe(text);
  });

  it('has none for a decimal of more than 38 digits, or of as many as a value has', () => {
    expect(typeFromNeutral(parseNeutral('decimal(39,0)'), null)).toBeNull();
    expect(typeFromNeutral(parseNeutral('decimal(*,*)'), null)).toBeNull();
  });
});

describe('a table of another engine', () => {
  it('11.13: is made with exact collations, a key that fits, and filtered indexes for uniques with NULL', () => {
    const model = modelOf({
      columns: [
        column('code', 'text(*)', false),
        column('note', 'text(20)'),
        column('n', 'integer(32)'),
      ],
      primaryKey: { name: 'orders_pkey', columns: ['code'] },
      uniques: [{ name: 'orders_note_key', columns: ['note'] }],
      indexes: [{ name: 'orders_n_idx', columns: ['n'], descending: [true] }],
    });
    const { create, finish } = stageStatements(model, 'sluice_stage_1', {
      schema: 'dbo',
      table: 'orders',
    });
    expect(ddl([...create, ...finish])).toEqual([
      'CREATE TABLE [sluice_stage_1].[orders] ([code] nvarchar(850) COLLATE Latin1_General_100_BIN2 NOT NULL, [note] nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL, [n] int NULL)',
      'ALTER TABLE [sluice_stage_1].[orders] ADD CONSTRAINT [orders_pkey] PRIMARY KEY NONCLUSTERED ([code] ASC)',
      'CREATE UNIQUE NONCLUSTERED INDEX [orders_note_key] ON [sluice_stage_1].[orders] ([note] ASC) WHERE ([note] IS NOT NULL)',
      'CREATE NONCLUSTERED INDEX [orders_n_idx] ON [sluice_stage_1].[orders] ([n] DESC)',
    ]);
  });

  it('is refused by the name of the column that only its engine can hold', () => {
    const model = modelOf({ columns: [column('prices', null)] });
    expect(() => stageStatements(model, 's', { schema: 'dbo', table: 'orders' })).toThrow(
      expect.objectContaining({
        code: 'TYPE_UNSUPPORTED',
        message: expect.stringContaining('Column prices of public.orders is a money[]') as unknown,
      }),
    );
  });
});
