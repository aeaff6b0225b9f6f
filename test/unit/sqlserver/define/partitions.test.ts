import { describe, expect, it } from 'vitest';
import type { MsPartitionFunction } from '../../../../src/engines/sqlserver/catalog/object-model.js';
import {
  boundaryLiteral,
  createFunction,
  createScheme,
  sameFunction,
  splitStatements,
} from '../../../../src/engines/sqlserver/define/partition-sql.js';
import { PLAIN_TARGET } from '../../../../src/engines/sqlserver/define/target-facts.js';
import { recordTsql } from '../../../support/sqlserver/record.js';
import { msType } from '../ms-models.js';

function divided(type: string, ...boundaries: (string | null)[]): MsPartitionFunction {
  return { id: 1, name: 'pf_day', type: msType(type), collation: null, isRight: true, boundaries };
}

describe('partition functions and schemes', () => {
  it.each([
    ['date', '2026-01-01', "N'2026-01-01'"],
    ['int', '20260101', '20260101'],
    ['decimal(10,2)', '-1.50', '-1.50'],
    ['varchar(8)', "a'b", "N'a''b'"],
    ['binary(4)', '0x00ff', '0x00ff'],
    ['float', '1.5', '1.5e0'],
    ['datetime2(7)', '2026-01-01T00:00:00.1234567', "N'2026-01-01T00:00:00.1234567'"],
  ])('writes a boundary of %s so that nothing of it is lost', (type, text, literal) => {
    expect(boundaryLiteral(divided(type), text)).toBe(literal);
    expect(boundaryLiteral(divided(type), null)).toBe('NULL');
  });

  it('11.11: makes them with their side and boundaries; absent filegroups become PRIMARY', () => {
    const made = divided('date', '2026-01-01', '2026-02-01');
    for (const sql of splitStatements(made, [], '2026-03-01')) recordTsql(sql);
    recordTsql(createFunction(made, PLAIN_TARGET));
    expect(createFunction(made, PLAIN_TARGET)).toBe(
      "CREATE PARTITION FUNCTION [pf_day] (date) AS RANGE RIGHT FOR VALUES (N'2026-01-01', N'2026-02-01')",
    );
    const scheme = { id: 2, name: 'ps_day', function: made, filegroups: ['A', 'B', 'PRIMARY'] };
    expect(createScheme(scheme, PLAIN_TARGET)).toBe(
      'CREATE PARTITION SCHEME [ps_day] AS PARTITION [pf_day] ALL TO ([PRIMARY])',
    );
    const facts = { ...PLAIN_TARGET, filegroups: new Set(['A', 'PRIMARY']) };
    expect(createScheme(scheme, facts)).toBe(
      'CREATE PARTITION SCHEME [ps_day] AS PARTITION [pf_day] TO ([A], [PRIMARY], [PRIMARY])',
    );
  });

  it('8.6: says NEXT USED for every scheme before a split', () => {
    const schemes = [
      { name: 'ps_day', filegroup: 'PRIMARY' },
      { name: 'ps_other', filegroup: 'A' },
    ];
    expect(splitStatements(divided('int', '1'), schemes, '20260201')).toEqual([
      'ALTER PARTITION SCHEME [ps_day] NEXT USED [PRIMARY]',
      'ALTER PARTITION SCHEME [ps_other] NEXT USED [A]',
      'ALTER PARTITION FUNCTION [pf_day]() SPLIT RANGE (20260201)',
    ]);
  });

  it('tells whether two of them divide alike', () => {
    expect(sameFunction(divided('int', '1'), { ...divided('int', '1'), id: 9, name: 'x' })).toBe(
      true,
    );
    expect(sameFunction(divided('int', '1'), divided('int', '2'))).toBe(false);
    expect(sameFunction(divided('int', '1'), { ...divided('int', '1'), isRight: false })).toBe(
      false,
    );
  });
});
