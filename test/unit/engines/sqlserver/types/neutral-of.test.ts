import { describe, expect, it } from 'vitest';
import { formatNeutral, parseNeutral } from '../../../../../src/core/neutral-type.js';
import { columnFor } from '../../../../../src/engines/sqlserver/types/column-for.js';
import { neutralOf, wireTypeText } from '../../../../../src/engines/sqlserver/types/neutral-of.js';
import { typeText } from '../../../../../src/engines/sqlserver/catalog/type-text.js';

function type(name: string, maxLength = 0, precision = 0, scale = 0) {
  return { name, maxLength, precision, scale };
}

describe('the neutral type of a column', () => {
  it('comes back as the same SQL Server type where SQL Server made it', () => {
    const types = [
      type('bit'),
      type('tinyint'),
      type('bigint'),
      type('decimal', 0, 38, 10),
      type('real'),
      type('float'),
      type('date'),
      type('time', 0, 0, 7),
      type('datetime2', 0, 0, 3),
      type('datetimeoffset', 0, 0, 7),
      type('uniqueidentifier'),
      type('binary', 16),
      type('varbinary', -1),
      type('nchar', 20),
    ];
    for (const one of types) {
      const neutral = neutralOf(one);
      expect(neutral).not.toBeNull();
      if (neutral === null) continue;
      expect(parseNeutral(formatNeutral(neutral))).toEqual(neutral);
      const made = columnFor(neutral, false);
      expect(made === null ? null : typeText(made.type)).toBe(typeText(one));
    }
  });

  it('is none for what only SQL Server knows, which keeps its own name on the wire', () => {
    expect(neutralOf(type('sql_variant'))).toBeNull();
    expect(wireTypeText(type('hierarchyid'))).toBe('native:hierarchyid');
    expect(wireTypeText(type('money'))).toBe('decimal(19,4)');
  });

  it('gives text of another engine room and a collation that tells all texts apart', () => {
    const text = (length: number | null, inKey: boolean) =>
      columnFor({ kind: 'text', length, fixed: false }, inKey);
    expect(text(50, false)).toEqual({
      type: type('nvarchar', 200),
      collation: 'Latin1_General_100_BIN2',
    });
    expect(text(null, false)?.type.maxLength).toBe(-1);
    expect(text(null, true)?.type.maxLength).toBe(900);
  });

  it('never rounds: numbers without a limit go as text', () => {
    const made = columnFor({ kind: 'decimal', precision: null, scale: null }, false);
    expect(made?.type.name).toBe('nvarchar');
    expect(columnFor({ kind: 'timestamp', digits: 9, zone: 'none' }, false)).toBeNull();
  });
});
