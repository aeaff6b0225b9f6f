/**
 * How times are counted and moved. In Microsoft's documentation: "DATEADD (Transact-SQL)", "DATEDIFF
 * (Transact-SQL)", "DATEPART (Transact-SQL)", "SWITCHOFFSET (Transact-SQL)"; the clocks: "GETDATE
 * (Transact-SQL)", "SYSDATETIMEOFFSET (Transact-SQL)", "SYSUTCDATETIME (Transact-SQL)".
 */
import { describe, expect, it } from 'vitest';
import { probe } from './probe.js';

const server = probe('times');

function at(time: string, type = 'datetime2(7)'): string {
  return `CAST('${time}' AS ${type})`;
}

describe('DATEADD', () => {
  it('keeps the type and the digits of what it is given', async () => {
    const fine = at('2026-03-01T00:00:00.0000001');
    const zoned = at('2026-03-01T01:00:00+05:30', 'datetimeoffset(0)');
    const values = await server.values(
      `CONVERT(varchar(33), DATEADD(second, -1, DATEADD(millisecond, -2, ${fine})), 121)`,
      `CONVERT(varchar(33), DATEADD(day, -1, ${at('2026-03-01', 'date')}), 121)`,
      `CONVERT(varchar(34), DATEADD(minute, -330, ${zoned}), 121)`,
    );
    expect(values).toEqual([
      '2026-02-28 23:59:58.9980001',
      '2026-02-28',
      '2026-02-28 19:30:00 +05:30',
    ]);
  });
});

describe('DATEDIFF', () => {
  it('counts the borders between two times, and is NULL for NULL', async () => {
    const [over, within, none] = await server.values(
      `DATEDIFF(second, ${at('2026-03-01T00:00:00.9999999')}, ${at('2026-03-01T00:00:01')})`,
      `DATEDIFF(second, ${at('2026-03-01T00:00:01')}, ${at('2026-03-01T00:00:01.9999999')})`,
      'DATEDIFF(second, CAST(NULL AS datetime), GETDATE())',
    );
    expect([over, within, none]).toEqual([1, 0, null]);
  });
});

describe('an offset', () => {
  it('is a part of a time, in minutes', async () => {
    const zoned = at('2026-03-01T12:00:00-05:30', 'datetimeoffset');
    expect(await server.value(`DATEPART(TZOFFSET, ${zoned})`)).toBe(-330);
  });

  it('is switched by SWITCHOFFSET, which keeps the moment', async () => {
    const zoned = at('2026-03-01T12:34:56.7891234+05:30', 'datetimeoffset(7)');
    const utc = `CONVERT(datetime2(7), SWITCHOFFSET(${zoned}, '+00:00'))`;
    expect(await server.value(`CONVERT(varchar(27), ${utc}, 121)`)).toBe(
      '2026-03-01 07:04:56.7891234',
    );
  });
});

describe('the clock', () => {
  it('is UTC without the offset of the server', async () => {
    const utc = 'DATEADD(minute, -DATEPART(TZOFFSET, SYSDATETIMEOFFSET()), GETDATE())';
    const apart = await server.value(`ABS(DATEDIFF(second, ${utc}, SYSUTCDATETIME()))`);
    expect(Number(apart)).toBeLessThanOrEqual(1);
  });
});
