import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countNames, createOrAlter } from '../../../../src/engines/sqlserver/define/module-text.js';
import { tokenize } from '../../../../src/engines/sqlserver/define/tsql-tokens.js';
import { msModule } from '../ms-models.js';

const PLACE = { schema: 'app', name: 'open_orders' };
const ORDERS = { schema: 'dbo', table: 'orders' };
const MOVED = [{ from: ORDERS, to: { schema: 'app', table: 'sales' } }];

describe('the text of a view, procedure or function', () => {
  it('is cut into tokens that joined give it again', () => {
    const pieces = fc.constantFrom(
      ...[
        "'",
        '"',
        '[',
        ']',
        '/*',
        '*/',
        '--',
        '\n',
        ' ',
        'N',
        'a.b',
        'CREATE',
        '😀',
        '#t',
        '@v',
        '.',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        expect(tokenize(parts.join('')).join('')).toBe(parts.join(''));
      }),
    );
  });

  it.each([
    'CREATE VIEW dbo.old_name AS SELECT 1 AS a',
    'create or alter view [dbo].[old name] AS SELECT 1 AS a',
    'CREATE\tVIEW "old" AS SELECT 1 AS a',
  ])('gets the name of the catalogue and CREATE OR ALTER: %s', (definition) => {
    expect(createOrAlter(msModule(definition), PLACE, [])).toBe(
      'CREATE OR ALTER VIEW [app].[open_orders] AS SELECT 1 AS a',
    );
  });

  it('keeps comments before and inside, nested ones too', () => {
    const definition =
      '-- CREATE VIEW x\n/* a /* CREATE VIEW */ b */ CREATE /* c */ PROC p AS SELECT 1';
    const module = msModule(definition, { kind: 'procedure', code: 'P' });
    expect(createOrAlter(module, PLACE, [])).toBe(
      '-- CREATE VIEW x\n/* a /* CREATE VIEW */ b */ CREATE OR ALTER PROCEDURE [app].[open_orders] AS SELECT 1',
    );
  });

  it('follows its tables where they are named with their schema, whatever their case', () => {
    const definition =
      "CREATE VIEW v AS SELECT o.id, 'dbo.orders' AS s FROM [DBO].[Orders] AS o -- dbo.orders";
    expect(createOrAlter(msModule(definition), PLACE, MOVED)).toBe(
      "CREATE OR ALTER VIEW [app].[open_orders] AS SELECT o.id, 'dbo.orders' AS s FROM [app].[sales] AS o -- dbo.orders",
    );
    expect(countNames(msModule(definition), [ORDERS])).toBe(1);
  });

  it('leaves names with a server or database alone', () => {
    const definition = 'CREATE VIEW v AS SELECT 1 AS a FROM other.dbo.orders';
    expect(countNames(msModule(definition), [ORDERS])).toBe(0);
  });

  it('11.12: is not to be had when it is encrypted, or begins as something else', () => {
    expect(createOrAlter(msModule(null), PLACE, [])).toBeNull();
    expect(createOrAlter(msModule('SELECT 1'), PLACE, [])).toBeNull();
  });
});
