import { describe, expect, it } from 'vitest';
import {
  parseCondition,
  parseExpression,
  parseName,
} from '../../../support/sqlserver/tsql/batch.js';

const number = (text: string) => ({ kind: 'number', type: 'integer', text });
const column = (...name: string[]) => ({ kind: 'column', name });

describe('expressions', () => {
  it('bind * before + and group to the left', () => {
    expect(parseExpression('1 - 2 - 3 * 4')).toMatchObject({
      op: '-',
      left: { op: '-', left: number('1'), right: number('2') },
      right: { op: '*', left: number('3'), right: number('4') },
    });
  });

  it('bind AND before OR and NOT before both', () => {
    expect(parseCondition('NOT a = 1 AND b = 2 OR c = 3')).toMatchObject({
      kind: 'or',
      left: { kind: 'and', left: { kind: 'not' }, right: { kind: 'compare' } },
      right: { kind: 'compare' },
    });
  });

  it('read brackets around values and around conditions', () => {
    expect(parseCondition('((a + 1) * 2 > 3) AND (((b)) = (SELECT 1))')).toMatchObject({
      kind: 'and',
      left: { kind: 'compare', op: '>' },
      right: { kind: 'compare', left: column('b'), right: { kind: 'subquery' } },
    });
  });

  it('keep literals as written', () => {
    expect(parseExpression("N'it''s'")).toEqual({ kind: 'string', value: "it's", unicode: true });
    expect(parseExpression('0x0aB')).toEqual({ kind: 'binary', value: Buffer.from('00ab', 'hex') });
    expect(parseExpression('99999999999999999999.10')).toEqual({
      kind: 'number',
      type: 'decimal',
      text: '99999999999999999999.10',
    });
    expect(parseExpression('1e3')).toMatchObject({ type: 'float' });
    expect(parseExpression('$1.5')).toMatchObject({ type: 'money' });
  });

  it('replace the synonyms of types', () => {
    const type = (text: string) => {
      const e = parseExpression(`CAST(a AS ${text})`);
      return e.kind === 'cast' ? e.type : null;
    };
    expect(type('NATIONAL CHARACTER VARYING(max)')).toMatchObject({
      name: ['nvarchar'],
      size: 'max',
    });
    expect(type('NUMERIC(38, 10)')).toEqual({ name: ['decimal'], size: 38, scale: 10 });
    expect(type('double precision')).toMatchObject({ name: ['float'] });
    expect(type('[dbo].[Phone]')).toMatchObject({ name: ['dbo', 'Phone'] });
  });

  it('turn the odd comparisons into the usual ones', () => {
    expect(parseCondition('a !< b')).toMatchObject({ op: '>=' });
    expect(parseCondition('a != b')).toMatchObject({ op: '<>' });
  });
});

describe('names in strings', () => {
  it('are read as in a statement', () => {
    expect(parseName('[dbo].[a]]b]')).toEqual(['dbo', 'a]b']);
    expect(parseName('a b')).toBeNull();
    expect(parseName("x'")).toBeNull();
  });
});
