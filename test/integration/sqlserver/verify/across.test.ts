import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verificationSide } from '../../../../src/activities/verify/verification-side.js';
import { compareSides } from '../../../../src/core/verification.js';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import { MsVerify } from '../../../../src/engines/sqlserver/verify/ms-verify.js';
import type { VerifySide } from '../../postgres/verify/verify-fixture.js';
import { openSide } from '../../postgres/verify/verify-fixture.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

let scene: SourceScene;
let postgres: VerifySide;

/** Column, its type here and there, values that both can hold as T-SQL and PostgreSQL write them. */
const COLUMNS: readonly (readonly [
  string,
  string,
  string,
  readonly (readonly [string, string])[],
])[] = [
  [
    'a_bit',
    'bit',
    'boolean',
    [
      ['1', 'true'],
      ['0', 'false'],
    ],
  ],
  ['a_tiny', 'tinyint', 'smallint', both('255', '0')],
  ['an_int', 'int', 'integer', both('-2147483648', '7')],
  ['a_big', 'bigint', 'bigint', both('9223372036854775807', '-1')],
  ['a_dec', 'decimal(38,10)', 'numeric(38,10)', both('-1.5', '100', '0.0000000001')],
  ['a_whole', 'decimal(20,0)', 'numeric(20,0)', both('100', '-20')],
  ['a_money', 'money', 'numeric(19,4)', both('922337203685477.5807', '10')],
  ['a_float', 'float', 'double precision', both('0.1', '-1e300')],
  ['a_real', 'real', 'real', both('0.1', '2')],
  ['a_date', 'date', 'date', both("'0001-01-01'", "'9999-12-31'")],
  ['a_time', 'time(6)', 'time', both("'23:59:59.999999'", "'10:20:30'")],
  ['a_dt', 'datetime', 'timestamp', both("'2020-10-20T10:20:30.003'", "'2020-10-20T00:00:00'")],
  [
    'a_dt2',
    'datetime2(6)',
    'timestamp',
    both("'2020-10-20T10:20:30.100000'", "'0001-01-01T00:00:00'"),
  ],
  [
    'a_dto',
    'datetimeoffset(6)',
    'timestamptz',
    both("'2020-10-20T10:20:30.123456+05:30'", "'2020-01-01T00:00:00-14:00'"),
  ],
  ['a_uuid', 'uniqueidentifier', 'uuid', both("'6F9619FF-8B86-D011-B42D-00C04FC964FF'")],
  [
    'a_char',
    'nchar(10)',
    'char(10)',
    [
      ["N'äb'", "'äb'"],
      ["N''", "''"],
    ],
  ],
  ['a_varchar', 'varchar(20)', 'varchar(20)', both("'a  '", "''")],
  [
    'a_text',
    'nvarchar(max)',
    'text',
    [
      ["N'😀;~;'", "'😀;~;'"],
      ["N'İß'", "'İß'"],
      ["N''", "''"],
    ],
  ],
  [
    'a_bin',
    'varbinary(max)',
    'bytea',
    [
      ['0x00FF', "'\\x00ff'"],
      ['0x', "'\\x'"],
    ],
  ],
  [
    'unlimited',
    'nvarchar(max)',
    'numeric',
    [
      ["N'1.50'", '1.50'],
      ["N'100'", '100'],
      ["N'0.000'", '0.000'],
    ],
  ],
];

function both(...values: readonly string[]): [string, string][] {
  return values.map((value) => [value, value]);
}

const NAMES = COLUMNS.map(([name]) => name);

function insertSql(table: string, side: 0 | 1, row: number): string {
  const values = COLUMNS.map(([, , , list]) => list[row]?.[side] ?? 'NULL').join(', ');
  return `INSERT INTO ${table} (id, ${NAMES.join(', ')}) VALUES (${String(row)}, ${values});`;
}

beforeAll(async () => {
  scene = await openSource('across');
  postgres = await openSide('18', 'across');
  const here = COLUMNS.map(([name, type]) => `${name} ${type} NULL`).join(', ');
  const there = COLUMNS.map(([name, , type]) => `${name} ${type} NULL`).join(', ');
  await scene.sql(`CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, ${here})`);
  await postgres.db.query('CREATE SCHEMA app');
  await postgres.db.query(`CREATE TABLE app.t (id integer PRIMARY KEY, ${there})`);
  for (const row of [0, 1, 2, 3]) {
    await scene.sql(insertSql('dbo.t', 0, row));
    await postgres.db.query(insertSql('app.t', 1, row));
  }
});

afterAll(async () => {
  await postgres.close();
  await scene.close();
});

function request(schema: string, more: Partial<DigestRequest> = {}): DigestRequest {
  return {
    table: { schema, table: 't' },
    columns: ['id', ...NAMES],
    key: ['id'],
    form: 'canonical',
    lastRows: null,
    kinds: new Map([['unlimited', 'decimal']]),
    ...more,
  };
}

const verify = () => new MsVerify(scene.read, () => Promise.resolve(null));

describe('SQL Server and PostgreSQL', () => {
  it.each(NAMES)('11.13: have the same digest of the column %s', async (name) => {
    const columns = [name];
    const here = await verify().rowsOfParts(request('dbo', { columns }), ['']);
    const there = await postgres.verify.rowsOfParts(request('app', { columns }), ['']);
    const inOrder = (rows: typeof here) => rows.map(({ key, hash }) => `${key} ${hash}`).sort();
    expect(inOrder(here)).toEqual(inOrder(there));
  });

  it('have the same digest of whole rows, of parts and of the last rows', async () => {
    for (const lastRows of [null, 2]) {
      const [here, there] = [request('dbo', { lastRows }), request('app', { lastRows })];
      expect(await verify().digest(here)).toEqual(await postgres.verify.digest(there));
      const parts = await verify().digestPartsBelow(here, [''], 4096);
      const others = await postgres.verify.digestPartsBelow(there, [''], 4096);
      const inOrder = (all: typeof parts) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(inOrder(parts)).toEqual(inOrder(others));
    }
  });

  it('find the same row by its key', async () => {
    const here = await verify().rowsByKey(request('dbo'), ['1;']);
    const there = await postgres.verify.rowsByKey(request('app'), ['1;']);
    expect(here).toEqual(there.map(({ key, hash }) => ({ key, hash })));
  });
});

describe('a difference between the engines', () => {
  const CHANGES: readonly (readonly [string, 'here' | 'there', string])[] = [
    ['one bit', 'there', "a_bin = '\\x00fe'"],
    ['one bit of a boolean', 'there', 'a_bit = false'],
    ['one trailing blank', 'there', "a_text = a_text || ' '"],
    ['one trailing blank less', 'here', "a_varchar = 'a '"],
    ['NULL against an empty text', 'here', 'a_text = NULL'],
    ['an empty text against NULL', 'there', "a_text = ''"],
    ['no bytes against NULL', 'there', "a_bin = ''"],
    ['the seventh digit of a time', 'here', "fine_time = '23:59:59.1234561'"],
    ['the seventh digit of a timestamp', 'here', "fine_dt2 = '2020-10-20T10:20:30.1234561'"],
    ['the last digit of a decimal', 'there', 'a_dec = a_dec + 0.0000000001'],
    ['the case of a letter', 'there', 'a_text = lower(a_text)'],
    ['the offset of a moment', 'here', "a_dto = '2020-10-20T10:20:30.123456+05:31'"],
  ];
  /** Types that PostgreSQL holds with six digits, beside those of all types. */
  const FINE = ['fine_time', 'fine_dt2'];
  const columns = ['id', ...NAMES, ...FINE];
  const LIMITS = { maxDifferences: 10, maxRowsRead: 2 };

  beforeAll(async () => {
    await scene.sql(`ALTER TABLE dbo.t ADD fine_time time(7) NULL, fine_dt2 datetime2(7) NULL`);
    await postgres.db.query('ALTER TABLE app.t ADD fine_time time, ADD fine_dt2 timestamp');
  });

  it.each(CHANGES)('11.13: of %s is found, and nothing else', async (_what, side, change) => {
    for (const row of [0, 1, 2, 3]) {
      await scene.sql(`DELETE FROM dbo.t WHERE id = ${String(row)}; ${insertSql('dbo.t', 0, row)}`);
      await postgres.db.query(`DELETE FROM app.t WHERE id = ${String(row)}`);
      await postgres.db.query(insertSql('app.t', 1, row));
    }
    const fine = `fine_time = '23:59:59.123456', fine_dt2 = '2020-10-20T10:20:30.123456', a_text = 'Ab'`;
    await scene.sql(`UPDATE dbo.t SET ${fine} WHERE id = 0`);
    await postgres.db.query(`UPDATE app.t SET ${fine} WHERE id = 0`);
    const compare = () =>
      compareSides(
        verificationSide(verify(), request('dbo', { columns })),
        verificationSide(postgres.verify, request('app', { columns })),
        LIMITS,
      );
    expect(await compare()).toMatchObject({ sourceRows: 4, targetRows: 4, differences: [] });
    if (side === 'here') await scene.sql(`UPDATE dbo.t SET ${change} WHERE id = 0`);
    else await postgres.db.query(`UPDATE app.t SET ${change} WHERE id = 0`);
    expect((await compare()).differences).toEqual([{ key: '0;', kind: 'changed' }]);
  });
});
