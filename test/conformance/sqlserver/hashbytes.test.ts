/**
 * Of which bytes a hash is. In Microsoft's documentation: "HASHBYTES (Transact-SQL)"; which bytes a
 * text has: "nchar and nvarchar (Transact-SQL)", "Collation and Unicode Support"; bytes as a number:
 * "CAST and CONVERT (Transact-SQL)".
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { probe } from './probe.js';

const server = probe('hashbytes');

function hash(algorithm: 'md5' | 'sha256' | 'sha512', bytes: Buffer): Buffer {
  return createHash(algorithm).update(bytes).digest();
}

describe('HASHBYTES', () => {
  it('reads nvarchar as UTF-16, varchar in its code page', async () => {
    const values = await server.values(
      "HASHBYTES('SHA2_256', N'aé😀')",
      "HASHBYTES('SHA2_256', 'abc')",
      "HASHBYTES('SHA2_256', CONVERT(varchar(10), N'é' COLLATE Latin1_General_CI_AS))",
      "HASHBYTES('MD5', N'\\ backslash')",
      "HASHBYTES('SHA2_512', 0x0102)",
    );
    expect(values).toEqual([
      hash('sha256', Buffer.from('aé😀', 'utf16le')),
      hash('sha256', Buffer.from('abc')),
      hash('sha256', Buffer.from('é', 'latin1')),
      hash('md5', Buffer.from('\\ backslash', 'utf16le')),
      hash('sha512', Buffer.from([1, 2])),
    ]);
  });

  it('reads a UTF-8 collation as UTF-8 (2019 and later)', async () => {
    const text = "CONVERT(varchar(max), N'aЖ😀' COLLATE Latin1_General_100_BIN2_UTF8)";
    expect(await server.value(`HASHBYTES('SHA2_256', ${text})`)).toEqual(
      hash('sha256', Buffer.from('aЖ😀')),
    );
  });

  it('counts blanks at the end, and is NULL for NULL', async () => {
    const [one, two, none] = await server.values(
      "HASHBYTES('MD5', N'a')",
      "HASHBYTES('MD5', N'a ')",
      "HASHBYTES('MD5', CAST(NULL AS nvarchar(5)))",
    );
    expect(one).not.toEqual(two);
    expect(none).toBeNull();
  });

  it('gives parts of its bytes as numbers', async () => {
    const digest = hash('sha256', Buffer.from('x'));
    const value = await server.value(
      "CONVERT(varchar(20), CONVERT(bigint, SUBSTRING(HASHBYTES('SHA2_256', 'x'), 1, 6)))",
    );
    expect(value).toBe(String(digest.readUIntBE(0, 6)));
  });
});
