import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUrl } from '../../../../src/engines/sqlserver/config-url.js';

describe('the address of a SQL Server', () => {
  it('is read from a URL', () => {
    expect(readUrl('mssql://sa:p%40ss@db.example:1444/shop')).toEqual({
      host: 'db.example',
      port: 1444,
      database: 'shop',
      user: 'sa',
      password: 'p@ss',
    });
  });

  it('is read from the URL form of the Go driver, with an instance as its path', () => {
    const url =
      'sqlserver://sa:x@db/SQLEXPRESS?database=shop&encrypt=disable&app+name=me&connection+timeout=5';
    expect(readUrl(url)).toEqual({
      host: 'db',
      database: 'shop',
      user: 'sa',
      password: 'x',
      applicationName: 'me',
      connectTimeout: 5000,
      tls: { mode: 'disable' },
      own: { instance: 'SQLEXPRESS' },
    });
  });

  it('is read from an ADO connection string', () => {
    const text =
      'Server=tcp:db.example,1444;User ID=sa;Password="a;b""c";Initial Catalog=shop;Encrypt=disable;Connect Timeout=7';
    expect(readUrl(text)).toEqual({
      host: 'db.example',
      port: 1444,
      database: 'shop',
      user: 'sa',
      password: 'a;b"c',
      connectTimeout: 7000,
      tls: { mode: 'disable' },
    });
  });

  it('takes the port of a seed from a key of its own', () => {
    const text = 'server=localhost;user id=sa;password=x;port=1434;database=shop;encrypt=disable';
    expect(readUrl(text)).toMatchObject({ host: 'localhost', port: 1434, database: 'shop' });
  });

  it.each([
    ['Encrypt=strict', { strictEncryption: true }],
    ['Encrypt=true;TrustServerCertificate=yes', { trustServerCertificate: true }],
    ['ApplicationIntent=ReadOnly', { applicationIntent: 'readOnly' }],
    ['MultiSubnetFailover=True', { multiSubnetFailover: true }],
  ])('has what %s asks for', (words, own) => {
    expect(readUrl(`Server=db;Database=shop;${words}`).own).toEqual(own);
  });

  it('verifies the certificate where encryption is asked for and nothing else', () => {
    expect(readUrl('Server=db;Database=shop;Encrypt=true').tls).toEqual({ mode: 'verifyFull' });
    expect(readUrl('Server=db;Database=shop').tls).toBeUndefined();
  });

  it.each([
    ['sqlserver://u:p@db:1500/INST?database=shop', 1500],
    ['Server=db\\INST,1500;Database=shop', 1500],
    ['Data Source=tcp:db\\INST, 1500 ;Database=shop', 1500],
    ['Server=db\\INST,1433;Database=shop', 1433],
    ['Server=db\\INST;Port=1500;Database=shop', 1500],
    ['Server=db\\INST;Database=shop;Password="a,1500"', undefined],
  ])('takes a port that is said, and not the one of the instance: %s', (text, port) => {
    const { host, port: found, own } = readUrl(text);
    const instance = port === undefined ? 'INST' : undefined;
    expect({ host, port: found, instance: own?.instance }).toEqual({ host: 'db', port, instance });
  });

  it('does not look for keys inside of a quoted password', () => {
    const text = 'Server=db;Database=shop;User Id=u;Password="x;encrypt=disable"';
    expect(readUrl(text).tls).toBeUndefined();
    expect(readUrl(text).password).toBe('x;encrypt=disable');
  });

  it('reads any password in either kind of quotes', () => {
    const password = fc.string({ minLength: 1, unit: fc.constantFrom(...`a1 ;="'\\{}$`) });
    fc.assert(
      fc.property(password, fc.constantFrom('"', "'"), (text, quote) => {
        const value = `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
        const read = readUrl(
          `server=db;user id=sa;password=${value};database=shop;encrypt=disable`,
        );
        expect(read).toMatchObject({ password: text, database: 'shop', tls: { mode: 'disable' } });
      }),
    );
  });

  it('tells the domain of a Windows login', () => {
    expect(readUrl('Server=db\\INST;Database=shop;User Id=CORP\\ada;Password=x')).toMatchObject({
      user: 'ada',
      own: { domain: 'CORP', instance: 'INST' },
    });
  });

  it('refuses what is neither, without quoting it', () => {
    expect(() => readUrl('secret')).toThrow(TypeError);
    expect(() => readUrl('secret')).not.toThrow(/secret/);
  });
});
