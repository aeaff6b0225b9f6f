import { describe, expect, it } from 'vitest';
import { stagingOf } from '../../../../../src/engines/sqlserver/types/staging.js';
import { variantValue } from '../../../../../src/engines/sqlserver/types/variant-sql.js';

function column(name: string, maxLength = 0, collation: string | null = null) {
  return { name: 'c', type: { name, maxLength, precision: 18, scale: 4 }, collation };
}

const C = 'Latin1_General_CI_AS';

describe('staging of a column', () => {
  it('11.2: assigns strings and never converts them', () => {
    const staging = stagingOf(column('varchar', 20, C));
    expect(staging.ddl).toBe(`nvarchar(4000) COLLATE ${C}`);
    expect(staging.assign('s.c', [])).toBe('s.c');
    expect(stagingOf(column('varchar', 8000, C)).bulk.length).toBe('max');
    expect(stagingOf(column('nvarchar', -1, C)).bulk.length).toBe('max');
  });

  it('8.4, 11.2: sends what the driver loses as text', () => {
    expect(stagingOf(column('decimal')).assign('s.c', [])).toBe('CONVERT(decimal(18,4), s.c)');
    expect(stagingOf(column('datetime2')).assign('s.c', [])).toBe(
      'CONVERT(datetime2(4), s.c, 121)',
    );
    expect(stagingOf(column('xml')).assign('s.c', [])).toBe('CONVERT(xml, s.c, 1)');
  });

  it('11.2: sends integers, floats, uuids and bytes in their own types', () => {
    expect(stagingOf(column('bigint')).bulk.type).toBe('bigint');
    expect(stagingOf(column('real')).value(Buffer.from('1.5'))).toBe(1.5);
    expect(stagingOf(column('varbinary', 20)).ddl).toBe('varbinary(8000)');
    expect(stagingOf(column('bit')).value(Buffer.from('0'))).toBe(false);
  });

  it('refuses what SQL Server cannot hold, naming the column', () => {
    expect(() => stagingOf(column('float')).value(Buffer.from('NaN'))).toThrow(/column c/);
    expect(() => stagingOf(column('nvarchar', 20, C)).value(Buffer.alloc(4001, 'x'))).toThrow(
      /longer/,
    );
  });

  it.each([
    ['decimal', ['NaN', 'Infinity', '-Infinity'], '-12.5000'],
    ['date', ['infinity', '-infinity', '0044-03-15 BC', '10000-01-01'], '9999-12-31'],
    ['datetime2', ['infinity', '0001-01-01 00:00:00 BC'], '0001-01-01 00:00:00.123'],
    [
      'datetimeoffset',
      ['-infinity', '12026-01-01 00:00:00 +00:00', '0044-03-15 00:00:00 BC +00:00'],
      '2026-01-01 00:00:00 +00:00',
    ],
    ['time', ['24:00:00'], '23:59:59.9999999'],
  ])('11.13: refuses what a %s has no place for, naming the column', (type, values, within) => {
    const { value } = stagingOf(column(type));
    for (const text of values) {
      const read = () => value(Buffer.from(text));
      expect(read).toThrow(expect.objectContaining({ code: 'ROW_REJECTED' }));
      expect(read).toThrow(`A value of the column c has no place in ${type}.`);
    }
    expect(value(Buffer.from(within))).toBe(within);
  });

  it.each([
    ['tinyint', '-1', '256', '255'],
    ['smallint', '-32769', '32768', '32767'],
    ['int', '-2147483649', '2147483648', '-2147483648'],
    ['real', '-3.5e38', '3.5e38', '-3.25e38'],
  ])('refuses what a %s has no room for, as the row that it is', (type, below, above, within) => {
    const { value } = stagingOf(column(type));
    for (const text of [below, above]) {
      const read = () => value(Buffer.from(text));
      expect(read).toThrow(expect.objectContaining({ code: 'ROW_REJECTED' }));
      expect(read).toThrow(/column c /);
    }
    expect(value(Buffer.from(within))).toBe(
      type === 'real' ? Math.fround(-3.25e38) : Number(within),
    );
  });

  it.each([
    ['bigint', 8, ['-9223372036854775809', '9223372036854775808', '12345678901234567890.5']],
    ['varbinary', 20, ['x'.repeat(8_001)]],
  ])('refuses what a %s has no room for, also where the driver would', (type, length, texts) => {
    const { value } = stagingOf(column(type, length));
    for (const text of texts) {
      const read = () => value(Buffer.from(text));
      expect(read).toThrow(expect.objectContaining({ code: 'ROW_REJECTED' }));
      expect(read).toThrow(/column c /);
    }
  });

  it('takes a bigint at both ends of its range', () => {
    const { value } = stagingOf(column('bigint'));
    for (const text of ['-9223372036854775808', '9223372036854775807']) {
      expect(value(Buffer.from(text))).toBe(text);
    }
  });

  it('11.2: has one branch for each type that staged variants have', () => {
    const sql = variantValue('s.v', ['nvarchar(20,Latin1_General_CI_AS)', 'decimal(10,2)', 'int']);
    expect(sql).toContain("WHEN N'decimal(10,2)' THEN CONVERT(sql_variant, CONVERT(decimal(10,2),");
    expect(sql).toContain('CONVERT(nvarchar(10),');
    expect(() => variantValue('s.v', ['int); DROP TABLE x'])).toThrow();
  });
});
