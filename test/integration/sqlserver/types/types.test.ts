import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from '../full-sync/fixture.js';
import { openScene, resync } from '../full-sync/fixture.js';

const ROWS = 1000;

interface Kind {
  readonly type: string;
  /** Literals of T-SQL that are stored. */
  readonly edges: readonly string[];
  readonly random: () => string;
  /** What is compared on both sides, of column v. */
  readonly shown: string;
}

const digits = (count: number) =>
  Array.from({ length: count }, () => String(Math.floor(Math.random() * 10))).join('');
const integer = (limit: number) => String(Math.floor((Math.random() * 2 - 1) * limit));
const sign = () => (Math.random() < 0.5 ? '-' : '');
const two = (limit: number) => String(1 + Math.floor(Math.random() * limit)).padStart(2, '0');
const clock = () => `${two(23)}:${two(59)}:${two(59)}`;
const date = () =>
  `${String(1 + Math.floor(Math.random() * 9998)).padStart(4, '0')}-${two(12)}-${two(28)}`;
const modern = () => `${String(1753 + Math.floor(Math.random() * 8246))}-${two(12)}-${two(28)}`;
const hex = (bytes: number) => `0x${randomBytes(bytes).toString('hex')}`;
const LETTERS = Array.from('abcXYZäöüßéñ 0123456789\'"[]{}%_\\/');
const word = (length: number) =>
  Array.from({ length }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)] ?? '').join('');
const cyrillic = (length: number) =>
  Array.from({ length }, () => String.fromCharCode(0x410 + Math.floor(Math.random() * 64))).join(
    '',
  );
const quoted = (text: string, prefix = 'N') => `${prefix}'${text.replaceAll("'", "''")}'`;
const bytesOf = 'CONVERT(varbinary(max), v)';
const as = (type: string) => (literal: string) => `CONVERT(${type}, ${literal})`;

/** A point as [MS-SSCLRT] 2.1.1 has it: SRID, version 1, valid and a single point, two doubles. */
function point(srid: number, first: number, second: number): string {
  const bytes = Buffer.alloc(22);
  bytes.writeInt32LE(srid, 0);
  bytes.writeUInt8(1, 4);
  bytes.writeUInt8(0x0c, 5);
  bytes.writeDoubleLE(first, 6);
  bytes.writeDoubleLE(second, 14);
  return `0x${bytes.toString('hex')}`;
}

/** A value of some type that a sql_variant may hold. */
function anyOf(): string {
  const values = [
    as('int')(integer(2147483647)),
    as('bigint')(`${sign()}${digits(18)}`),
    as('decimal(38,10)')(quoted(`${sign()}${digits(28)}.${digits(10)}`, '')),
    as('money')(quoted(`${digits(14)}.${digits(4)}`, '')),
    as('nvarchar(50)')(quoted(word(40))),
    as('varchar(50)')(`${quoted(cyrillic(20))} COLLATE Cyrillic_General_CI_AS`),
    as('datetime2(7)')(quoted(`${date()}T${clock()}.${digits(7)}`, '')),
    as('varbinary(50)')(hex(40)),
    as('uniqueidentifier')(hex(16)),
  ];
  return values[Math.floor(Math.random() * values.length)] ?? 'NULL';
}

const KINDS: Readonly<Record<string, Kind>> = {
  bit: {
    type: 'bit',
    edges: ['0', '1'],
    random: () => (Math.random() < 0.5 ? '0' : '1'),
    shown: 'CONVERT(int, v)',
  },
  tinyint: {
    type: 'tinyint',
    edges: ['0', '255'],
    random: () => String(Math.floor(Math.random() * 256)),
    shown: 'v',
  },
  smallint: {
    type: 'smallint',
    edges: ['-32768', '32767', '0'],
    random: () => integer(32767),
    shown: 'v',
  },
  int: {
    type: 'int',
    edges: ['-2147483648', '2147483647', '0'],
    random: () => integer(2147483647),
    shown: 'v',
  },
  bigint: {
    type: 'bigint',
    edges: ['-9223372036854775808', '9223372036854775807', '0'],
    random: () => `${sign()}${digits(18)}`,
    shown: 'CONVERT(varchar(30), v)',
  },
  'decimal(38,38)': {
    type: 'decimal(38,38)',
    edges: [`0.${'9'.repeat(38)}`, `-0.${'9'.repeat(38)}`, '0', `0.${'0'.repeat(37)}1`].map((n) =>
      quoted(n, ''),
    ),
    random: () => quoted(`${sign()}0.${digits(38)}`, ''),
    shown: 'CONVERT(varchar(50), v)',
  },
  'decimal(38,0)': {
    type: 'decimal(38,0)',
    edges: [quoted('9'.repeat(38), ''), quoted(`-${'9'.repeat(38)}`, ''), '0'],
    random: () => quoted(`${sign()}${digits(38)}`, ''),
    shown: 'CONVERT(varchar(50), v)',
  },
  'numeric(18,4)': {
    type: 'numeric(18,4)',
    edges: [`'12345678901234.5678'`, `'-99999999999999.9999'`],
    random: () => quoted(`${sign()}${digits(14)}.${digits(4)}`, ''),
    shown: 'CONVERT(varchar(50), v)',
  },
  money: {
    type: 'money',
    edges: [`'922337203685477.5807'`, `'-922337203685477.5808'`, `'0.0003'`, '0'],
    random: () => quoted(`${sign()}${digits(14)}.${digits(4)}`, ''),
    shown: 'CONVERT(varchar(50), v, 2)',
  },
  smallmoney: {
    type: 'smallmoney',
    edges: [`'214748.3647'`, `'-214748.3648'`],
    random: () => quoted(`${sign()}${digits(5)}.${digits(4)}`, ''),
    shown: 'CONVERT(varchar(50), v, 2)',
  },
  float: {
    type: 'float',
    edges: [
      '1.7976931348623157E308',
      '-1.7976931348623157E308',
      '2.2250738585072014E-308',
      '0E0',
      '0.1E0',
    ],
    random: () =>
      `${sign()}${digits(1)}.${digits(16)}E${sign()}${String(Math.floor(Math.random() * 290))}`,
    shown: 'CONVERT(varchar(50), v, 3)',
  },
  real: {
    type: 'real',
    edges: ['3.4028235E38', '-3.4028235E38', '1.17549435E-38', '0E0', '0.1E0'],
    random: () =>
      `${sign()}${digits(1)}.${digits(8)}E${sign()}${String(Math.floor(Math.random() * 36))}`,
    shown: 'CONVERT(varchar(50), v, 3)',
  },
  date: {
    type: 'date',
    edges: [`'0001-01-01'`, `'9999-12-31'`, `'2000-02-29'`],
    random: () => quoted(date(), ''),
    shown: 'CONVERT(varchar(10), v, 23)',
  },
  'time(7)': {
    type: 'time(7)',
    edges: [`'00:00:00'`, `'23:59:59.9999999'`],
    random: () => quoted(`${clock()}.${digits(7)}`, ''),
    shown: 'CONVERT(varchar(20), v, 121)',
  },
  'time(0)': {
    type: 'time(0)',
    edges: [`'00:00:00'`, `'23:59:59'`],
    random: () => quoted(clock(), ''),
    shown: 'CONVERT(varchar(20), v, 121)',
  },
  datetime: {
    type: 'datetime',
    edges: [`'1753-01-01T00:00:00'`, `'9999-12-31T23:59:59.997'`],
    random: () => quoted(`${modern()}T${clock()}.${digits(3)}`, ''),
    shown: 'CONVERT(varchar(30), v, 121)',
  },
  smalldatetime: {
    type: 'smalldatetime',
    edges: [`'1900-01-01T00:00:00'`, `'2079-06-06T23:59:00'`],
    random: () => quoted(`20${two(70)}-${two(12)}-${two(28)}T${two(23)}:${two(59)}:00`, ''),
    shown: 'CONVERT(varchar(30), v, 121)',
  },
  'datetime2(7)': {
    type: 'datetime2(7)',
    edges: [`'0001-01-01T00:00:00'`, `'9999-12-31T23:59:59.9999999'`],
    random: () => quoted(`${date()}T${clock()}.${digits(7)}`, ''),
    shown: 'CONVERT(varchar(30), v, 121)',
  },
  'datetime2(3)': {
    type: 'datetime2(3)',
    edges: [`'0001-01-01T00:00:00'`, `'9999-12-31T23:59:59.999'`],
    random: () => quoted(`${date()}T${clock()}.${digits(3)}`, ''),
    shown: 'CONVERT(varchar(30), v, 121)',
  },
  'datetimeoffset(7)': {
    type: 'datetimeoffset(7)',
    edges: [
      `'0001-01-02T00:00:00.0000001+14:00'`,
      `'9999-12-30T23:59:59.9999999-14:00'`,
      `'2026-01-01T00:00:00+05:30'`,
    ],
    random: () =>
      quoted(
        `${modern()}T${clock()}.${digits(7)}${Math.random() < 0.5 ? '-' : '+'}${two(13)}:${Math.random() < 0.5 ? '00' : '30'}`,
        '',
      ),
    shown: 'CONVERT(varchar(40), v, 121)',
  },
  uniqueidentifier: {
    type: 'uniqueidentifier',
    edges: [`'00000000-0000-0000-0000-000000000000'`, `'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'`],
    random: () =>
      quoted(
        randomBytes(16)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
        '',
      ),
    shown: 'CONVERT(varchar(36), v)',
  },
  'char(10)': {
    type: 'char(10)',
    edges: [`''`, `'abc'`],
    random: () => quoted(word(10)),
    shown: bytesOf,
  },
  'varchar(50)': {
    type: 'varchar(50)',
    edges: [`''`, `'trailing  '`, `N'äöü€'`],
    random: () => quoted(word(40)),
    shown: bytesOf,
  },
  'varchar(max)': {
    type: 'varchar(max)',
    edges: [`''`],
    random: () => quoted(word(300)),
    shown: bytesOf,
  },
  'cyrillic varchar': {
    type: 'varchar(50) COLLATE Cyrillic_General_CI_AS',
    edges: [`N'Привет'`, `''`],
    random: () => quoted(cyrillic(20)),
    shown: bytesOf,
  },
  'nchar(10)': {
    type: 'nchar(10)',
    edges: [`N''`, `N'😀'`],
    random: () => quoted(word(10)),
    shown: bytesOf,
  },
  'nvarchar(50)': {
    type: 'nvarchar(50)',
    edges: [`N''`, `N'😀😀'`, 'NCHAR(0)', `CONCAT(N'a', NCHAR(55357))`, `N'trailing  '`],
    random: () => quoted(word(50)),
    shown: bytesOf,
  },
  'nvarchar(max)': {
    type: 'nvarchar(max)',
    edges: [`N''`, `REPLICATE(CONVERT(nvarchar(max), N'ž'), 20000)`],
    random: () => quoted(word(500)),
    shown: bytesOf,
  },
  text: {
    type: 'text',
    edges: [`''`, `'abc'`],
    random: () => quoted(word(100)),
    shown: 'CONVERT(varbinary(max), CONVERT(varchar(max), v))',
  },
  ntext: {
    type: 'ntext',
    edges: [`N''`, `N'😀'`],
    random: () => quoted(word(100)),
    shown: 'CONVERT(varbinary(max), CONVERT(nvarchar(max), v))',
  },
  'binary(8)': {
    type: 'binary(8)',
    edges: ['0x', '0xFFFFFFFFFFFFFFFF'],
    random: () => hex(8),
    shown: bytesOf,
  },
  'varbinary(50)': {
    type: 'varbinary(50)',
    edges: ['0x', '0x00'],
    random: () => hex(50),
    shown: bytesOf,
  },
  'varbinary(max)': {
    type: 'varbinary(max)',
    edges: ['0x'],
    random: () => hex(500),
    shown: bytesOf,
  },
  image: { type: 'image', edges: ['0x', '0x00FF'], random: () => hex(100), shown: bytesOf },
  xml: {
    type: 'xml',
    edges: [`N'<a> <b/> </a>'`, `N''`, `N'<a>ž😀</a>'`].map(as('xml')),
    random: () => `CONVERT(xml, N'<r n="${digits(5)}"><v>${digits(3)}</v></r>')`,
    shown: 'CONVERT(nvarchar(max), v)',
  },
  // Edges of each type in it: variants.test.ts.
  sql_variant: {
    type: 'sql_variant',
    edges: [`N''`, '0x', '0'].map(as('sql_variant')),
    random: () => as('sql_variant')(anyOf()),
    shown: `CASE WHEN CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(v, 'BaseType')) = N'varbinary'
       THEN CONVERT(nvarchar(4000), CONVERT(varbinary(2000), v), 2)
       ELSE CONCAT(CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(v, 'BaseType')), N' ',
                   CONVERT(nvarchar(4000), v, 121)) END`,
  },
  // CLR types travel as their own bytes, which CONVERT gives and takes (their pages, "Conversion").
  hierarchyid: {
    type: 'hierarchyid',
    // The root, /1/, /2/, /1/1/ and /1/1/1/.
    edges: ['0x', '0x58', '0x68', '0x5AC0', '0x5AD6'].map(as('hierarchyid')),
    random: () => as('hierarchyid')(Math.random() < 0.5 ? '0x58' : '0x5AC0'),
    shown: bytesOf,
  },
  geography: {
    type: 'geography',
    edges: [point(4326, 0, 0), point(4326, -90, 180)].map(as('geography')),
    random: () => as('geography')(point(4326, Math.random() * 180 - 90, Math.random() * 360 - 180)),
    shown: bytesOf,
  },
  geometry: {
    type: 'geometry',
    edges: [point(0, 0, 0), point(0, -1e300, 5e-324)].map(as('geometry')),
    random: () => as('geometry')(point(0, Math.random() * 1e6, -Math.random() * 1e6)),
    shown: bytesOf,
  },
};

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('types');
});

afterAll(async () => scene.close());

async function fill(
  table: string,
  type: string,
  edges: readonly string[],
  random: readonly string[] = [],
): Promise<void> {
  await scene.source.sql(
    `CREATE TABLE dbo.[${table}] (id int NOT NULL PRIMARY KEY, v ${type} NULL)`,
  );
  const insert = `INSERT INTO dbo.[${table}] (id, v) VALUES`;
  // Edges come in different forms, which would meet in one type if they stood in one list.
  const single = [...edges, 'NULL'].map((literal, n) => `${insert} (${String(n)}, ${literal})`);
  await scene.source.sql(single.join(';\n'));
  for (let at = 0; at < random.length; at += 250) {
    const rows = random
      .slice(at, at + 250)
      .map((literal, n) => `(${String(1000 + at + n)}, ${literal})`);
    await scene.source.sql(`${insert} ${rows.join(',\n')}`);
  }
}

async function compare(table: string, shown: string): Promise<void> {
  const sql = `SELECT id, ${shown} AS v FROM dbo.[${table}] ORDER BY id`;
  const before = await scene.source.sql(sql);
  expect(before.length).toBeGreaterThan(1);
  expect(await scene.target.sql(sql)).toEqual(before);
}

describe('a value on its way from SQL Server to SQL Server', () => {
  it.each(Object.entries(KINDS))('8.4: %s is not changed', async (name, kind) => {
    const random = Array.from({ length: ROWS }, kind.random);
    await fill(name, kind.type, kind.edges, random);
    expect(await resync(scene, `dbo.${name}`)).toMatchObject({ done: true });
    await compare(name, kind.shown);
  });

  it('rowversion arrives as eight bytes', async () => {
    await scene.source.sql(`
CREATE TABLE dbo.versions (id int NOT NULL PRIMARY KEY, a int NULL, v rowversion NOT NULL)
GO
INSERT INTO dbo.versions (id, a) VALUES ${Array.from({ length: ROWS }, (_, n) => `(${String(n)}, 1)`).join(', ')}
GO
UPDATE dbo.versions SET a = 2 WHERE id % 7 = 0`);
    await resync(scene, 'dbo.versions');
    await compare('versions', bytesOf);
  });

  it('11.13: neutral rows bring the same values', async () => {
    const names = ['decimal(38,38)', 'money', 'datetime2(7)', 'float', 'real', 'varbinary(50)'];
    for (const name of names) {
      const kind = KINDS[name];
      if (kind === undefined) continue;
      await fill(`neutral ${name}`, kind.type, kind.edges);
      await resync(scene, `dbo.neutral ${name}`, { wire: 'neutral' });
      await compare(`neutral ${name}`, kind.shown);
    }
  });
});
