import { describe, expect, it } from 'vitest';
import {
  isCopyable,
  isRaw,
  wireTypeText,
} from '../../../../../src/engines/sqlserver/types/neutral-of.js';

function type(name: string, maxLength = 0, precision = 0, scale = 0) {
  return { name, maxLength, precision, scale };
}

describe('the type of a column on the wire', () => {
  it('is neutral where another engine can hold it', () => {
    expect(wireTypeText(type('money', 8, 19, 4))).toBe('decimal(19,4)');
    expect(wireTypeText(type('timestamp', 8))).toBe('binary(8,fixed)');
    expect(wireTypeText(type('nvarchar', 100))).toBe('text(50)');
  });

  it('is its own name where only SQL Server knows it', () => {
    expect(wireTypeText(type('hierarchyid'))).toBe('native:hierarchyid');
    expect(isCopyable(type('sql_variant'), 'sqlserver')).toBe(true);
    expect(isCopyable(type('sql_variant'), 'neutral')).toBe(false);
  });

  it('has raw cells for bytes only', () => {
    expect(isRaw(type('varbinary', -1))).toBe(true);
    expect(isRaw(type('geography'))).toBe(true);
    expect(isRaw(type('sql_variant'))).toBe(false);
    expect(isRaw(type('int'))).toBe(false);
  });
});
