import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { MsVerify } from '../../../../src/engines/sqlserver/verify/ms-verify.js';
import { ServerDigests } from '../../../../src/engines/sqlserver/verify/server-digests.js';
import { readVerifyTable } from '../../../../src/engines/sqlserver/verify/verify-columns.js';
import { WorkerDigests } from '../../../../src/engines/sqlserver/verify/worker-digests.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

let scene: SourceScene;
let pool: SessionPool;

const COLUMNS: readonly (readonly [string, string, readonly string[]])[] = [
  ['a_bit', 'bit', ['0', '1']],
  ['a_tiny', 'tinyint', ['0', '255']],
  ['a_small', 'smallint', ['-32768', '32767']],
  ['an_int', 'int', ['-2147483648', '2147483647']],
  ['a_big', 'bigint', ['-9223372036854775808', '9223372036854775807']],
  ['a_dec', 'decimal(38,10)', ['-1234567890123456789012345678.0123456789', '0.5000000000', '-20']],
  ['a_whole', 'decimal(38,0)', ['100', '-12345678901234567890123456789012345678', '0']],
  ['a_deep', 'decimal(38,38)', ['0.00000000000000000000000000000000000001', '-0.1']],
  ['a_money', 'money', ['-922337203685477.5808', '922337203685477.5807', '0.0003', '10']],
  ['a_smallmoney', 'smallmoney', ['-214748.3648', '1.5']],
  ['a_float', 'float', ['0.1', '-1.7976931348623157e308', '5e-324', '1']],
  ['a_real', 'real', ['0.1', '3.4028235e38', '-2']],
  ['a_date', 'date', ["'0001-01-01'", "'9999-12-31'"]],
  ['a_time', 'time(7)', ["'23:59:59.9999999'", "'10:20:30'", "'00:00:00.0000001'"]],
  ['a_time0', 'time(0)', ["'10:00:00'", "'20:30:00'"]],
  [
    'a_dt',
    'datetime',
    ["'1753-01-01T00:00:00'", "'9999-12-31T23:59:59.997'", "'2020-10-20T10:20:30.003'"],
  ],
  ['a_sdt', 'smalldatetime', ["'1900-01-01T00:00:00'", "'2079-06-06T23:59:00'"]],
  [
    'a_dt2',
    'datetime2(7)',
    ["'0001-01-01T00:00:00'", "'9999-12-31T23:59:59.9999999'", "'2020-10-20T10:00:00.5'"],
  ],
  ['a_dt20', 'datetime2(0)', ["'2020-10-20T10:20:30'"]],
  [
    'a_dto',
    'datetimeoffset(7)',
    ["'2020-10-20T10:20:30.1234567+05:30'", "'2020-01-01T00:00:00-14:00'"],
  ],
  ['a_uuid', 'uniqueidentifier', ["'6F9619FF-8B86-D011-B42D-00C04FC964FF'"]],
  ['a_char', 'char(10)', ["'abc'", "''", "'  x'"]],
  ['a_nchar', 'nchar(10)', ["N'äöü'", "N' '"]],
  ['a_varchar', 'varchar(20)', ["'a  '", "''", "'naïve'"]],
  ['a_nvarchar', 'nvarchar(max)', ["N'😀 x'", "N''", "N'a;~;b'", "N' '"]],
  ['a_bin', 'binary(4)', ['0x00FF', '0x01020304']],
  ['a_varbin', 'varbinary(max)', ['0x', '0x00', '0xDEADBEEF']],
];

/** Row n has the n-th value of each column; NULL where a column has none. */
function insertSql(table: string): string {
  const rows = Math.max(...COLUMNS.map(([, , values]) => values.length)) + 1;
  const names = COLUMNS.map(([name]) => name).join(', ');
  return Array.from({ length: rows }, (_, row) => {
    const values = COLUMNS.map(([, , list]) => list[row] ?? 'NULL').join(', ');
    return `INSERT INTO ${table} (id, ${names}) VALUES (${String(row)}, ${values});`;
  }).join('\n');
}

function createSql(table: string): string {
  const columns = COLUMNS.map(([name, type]) => `${name} ${type} NULL`).join(', ');
  return `CREATE TABLE ${table} (id int NOT NULL PRIMARY KEY, ${columns});`;
}

beforeAll(async () => {
  scene = await openSource('verify');
  pool = scene.read;
  await scene.sql(`${createSql('dbo.all_types')}\nGO\n${insertSql('dbo.all_types')}`);
});

afterAll(async () => {
  await scene.close();
});

function request(table: string, more: Partial<DigestRequest> = {}): DigestRequest {
  return {
    table: { schema: 'dbo', table },
    columns: ['id', ...COLUMNS.map(([name]) => name)],
    key: ['id'],
    form: 'canonical',
    lastRows: null,
    ...more,
  };
}

const verify = () => new MsVerify(pool, () => Promise.resolve(null));

describe('digests of a SQL Server table', () => {
  it('are the same whether the server or the worker makes them, for every type', async () => {
    await pool.use(async (session) => {
      for (const [name] of COLUMNS) {
        const one = request('all_types', { columns: [name] });
        const table = await readVerifyTable(session.query, one, 15);
        const byServer = await new ServerDigests(session, table).rows(one, ['']);
        const byWorker = await new WorkerDigests(session, table).rows(one, ['']);
        expect({ name, rows: sorted(byServer) }).toEqual({ name, rows: sorted(byWorker) });
      }
    });
  });

  it('are the sum of their parts, in both forms', async () => {
    for (const form of ['canonical', 'native'] as const) {
      const whole = request('all_types', { form });
      const digest = await verify().digest(whole);
      const parts = await verify().digestPartsBelow(whole, [''], 16);
      const sum = parts.reduce((hash, part) => hash + BigInt(part.digest.hash), 0n);
      expect(digest).toEqual({ rows: 5, hash: sum.toString() });
      const ids = parts.map((part) => part.id);
      const below = await verify().digestPartsBelow(whole, ids, 256);
      expect(below.every((part) => ids.includes(part.id.slice(0, 1)) && part.id.length === 3)).toBe(
        true,
      );
      const rows = await verify().rowsOfParts(whole, ids);
      expect(rows.map((row) => row.key).sort()).toEqual(['0;', '1;', '2;', '3;', '4;']);
    }
  });

  it('find rows by their key, and only those', async () => {
    const rows = await verify().rowsByKey(request('all_types'), ['1;', '3;', '77;']);
    expect(rows.map((row) => row.key).sort()).toEqual(['1;', '3;']);
    const all = await verify().rowsOfParts(request('all_types'), ['']);
    for (const row of rows) expect(all).toContainEqual(row);
  });

  it('cover the last rows by key only where asked', async () => {
    const last = request('all_types', { lastRows: 2 });
    const rows = await verify().rowsOfParts(last, ['']);
    expect(rows.map((row) => row.key).sort()).toEqual(['3;', '4;']);
  });
});

describe('a difference', () => {
  const CHANGES: readonly (readonly [string, string])[] = [
    ['one bit', 'a_varbin = 0xDEADBEEE'],
    ['one trailing blank', "a_varchar = 'naïve '"],
    ['NULL against an empty text', 'a_nvarchar = NULL'],
    ['the seventh digit of a time', "a_time = '00:00:00.0000002'"],
    ['the last digit of a decimal', 'a_dec = -20.0000000001'],
    ['a sign', 'a_deep = 0.1'],
  ];

  it.each(CHANGES)('8.9: of %s is found in both forms', async (what, change) => {
    const table = `copy of ${what}`;
    await scene.sql(`${createSql(`[${table}]`)}\nGO\n${insertSql(`[${table}]`)}`);
    for (const form of ['canonical', 'native'] as const) {
      const [left, right] = [request('all_types', { form }), request(table, { form })];
      expect(await verify().digest(right)).toEqual(await verify().digest(left));
    }
    const row = change.startsWith('a_nvarchar') ? 1 : 2;
    await scene.sql(`UPDATE [${table}] SET ${change} WHERE id = ${String(row)}`);
    for (const form of ['canonical', 'native'] as const) {
      const left = await verify().rowsOfParts(request('all_types', { form }), ['']);
      const right = await verify().rowsOfParts(request(table, { form }), ['']);
      const differing = left.filter((one) => !right.some((other) => other.hash === one.hash));
      expect(differing.map((one) => one.key)).toEqual([`${String(row)};`]);
    }
  });
});

describe('a value that runs into the next one', () => {
  it('8.9: is found in both forms', async () => {
    const ddl = (table: string) =>
      `CREATE TABLE ${table} (id int NOT NULL PRIMARY KEY, a nvarchar(9), b nvarchar(9),
         c varbinary(9), d varbinary(9))`;
    await scene.sql(`${ddl('dbo.one')};
      INSERT INTO dbo.one VALUES (1, N'x;y', N'', 0x, 0x), (2, N'', N'', 0x, 0x01)`);
    await scene.sql(`${ddl('dbo.other')};
      INSERT INTO dbo.other VALUES (1, N'x', N'y;', 0x, 0x), (2, N'', N'', 0x01, 0x)`);
    const columns = ['a', 'b', 'c', 'd'];
    for (const form of ['canonical', 'native'] as const) {
      const left = await verify().rowsOfParts(request('one', { form, columns }), ['']);
      const right = await verify().rowsOfParts(request('other', { form, columns }), ['']);
      const hashes = new Set([...left, ...right].map(({ hash }) => hash));
      expect({ form, hashes: hashes.size }).toEqual({ form, hashes: 4 });
    }
  });
});

describe('keys of other types', () => {
  const KEYS: readonly (readonly [string, readonly string[]])[] = [
    ['bigint', ['-9223372036854775808', '9223372036854775807']],
    ['decimal(20,4)', ['1.5000', '-20.0000']],
    ['datetime2(7)', ["'2020-10-20T10:20:30.1234567'", "'2020-10-20T10:20:30'"]],
    ['datetimeoffset(3)', ["'2020-10-20T10:20:30.120+05:30'"]],
    ['uniqueidentifier', ["'6F9619FF-8B86-D011-B42D-00C04FC964FF'"]],
    ['nvarchar(50)', ["N'ä😀; ~'", "N'x'"]],
    ['varchar(50)', ["'naïve'"]],
    ['char(5)', ["'ab'"]],
    ['varbinary(10)', ['0x00FF', '0x']],
    ['float', ['0.1', '-2.5e300']],
    ['date', ["'2020-10-20'"]],
    ['bit', ['1']],
  ];

  it.each(KEYS)('11.13: %s lead back to their rows', async (type, values) => {
    const table = `key ${type}`;
    const rows = values.map((value) => `(${value}, 1)`).join(', ');
    await scene.sql(
      `CREATE TABLE [${table}] (k ${type} NOT NULL PRIMARY KEY, v int);
       INSERT INTO [${table}] (k, v) VALUES ${rows};`,
    );
    const of = request(table, { columns: ['k', 'v'], key: ['k'] });
    const all = await verify().rowsOfParts(of, ['']);
    expect(all).toHaveLength(values.length);
    const found = await verify().rowsByKey(
      of,
      all.map((row) => row.key),
    );
    expect(sorted(found)).toEqual(sorted(all));
  });
});

function sorted<T extends { readonly key: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
}
