import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from '../full-sync/fixture.js';
import { openScene, resync } from '../full-sync/fixture.js';

/** All that SQL_VARIANT_PROPERTY tells, and the value: bytes of what is bytes, else text. */
const SHOWN = `
SELECT id,
       CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(v, 'BaseType')) AS base,
       CONVERT(int, SQL_VARIANT_PROPERTY(v, 'Precision')) AS digits,
       CONVERT(int, SQL_VARIANT_PROPERTY(v, 'Scale')) AS scale,
       CONVERT(int, SQL_VARIANT_PROPERTY(v, 'MaxLength')) AS length,
       CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(v, 'Collation')) AS collation,
       DATALENGTH(v) AS bytes,
       CASE WHEN CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(v, 'BaseType')) IN (N'binary', N'varbinary')
            THEN CONVERT(nvarchar(4000), CONVERT(varbinary(2000), v), 2)
            ELSE CONVERT(nvarchar(4000), v, 121) END AS value
  FROM dbo.variants
 ORDER BY id`;

const VALUES = [
  'CONVERT(int, -5)',
  'CONVERT(tinyint, 255)',
  'CONVERT(smallint, -32768)',
  "CONVERT(bigint, '-9223372036854775808')",
  'CONVERT(bit, 1)',
  "CONVERT(decimal(10,2), '12.50')",
  `CONVERT(decimal(38,38), '-0.${'9'.repeat(38)}')`,
  `CONVERT(numeric(38,0), '${'9'.repeat(38)}')`,
  "CONVERT(money, '1.2345')",
  "CONVERT(money, '-922337203685477.5808')",
  "CONVERT(smallmoney, '214748.3647')",
  'CONVERT(float, 0.1E0)',
  'CONVERT(real, -2.5E0)',
  "CONVERT(date, '0001-01-01')",
  "CONVERT(time(7), '23:59:59.9999999')",
  "CONVERT(datetime, '9999-12-31T23:59:59.997')",
  "CONVERT(smalldatetime, '2079-06-06T23:59:00')",
  "CONVERT(datetime2(7), '2026-01-01T10:11:12.1234567')",
  "CONVERT(datetime2(0), '2026-01-01T10:11:12')",
  "CONVERT(datetimeoffset(7), '2026-01-01T10:11:12.1234567+05:30')",
  "CONVERT(uniqueidentifier, '0F8FAD5B-D9CB-469F-A165-70867728950E')",
  "CONVERT(nvarchar(20), N'ž~x')",
  "CONVERT(nvarchar(5), N'')",
  "CONVERT(nvarchar(20), N'😀 a ')",
  "CONVERT(nchar(4), N'é')",
  "CONVERT(varchar(20), 'abc~')",
  "CONVERT(varchar(20), 'x' COLLATE Latin1_General_100_BIN2)",
  "CONVERT(varchar(20), N'Жук~' COLLATE Cyrillic_General_CI_AS)",
  "CONVERT(varchar(8000), REPLICATE('é', 4001))",
  "CONVERT(char(4), 'a')",
  'CONVERT(varbinary(8), 0x)',
  'CONVERT(varbinary(8), 0x00FF)',
  'CONVERT(binary(4), 0x0102)',
  `CONVERT(varbinary(2000), 0x${'7E'.repeat(2000)})`,
  'NULL',
];

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('variants');
  await scene.source.sql(
    'CREATE TABLE dbo.variants (id int NOT NULL CONSTRAINT variants_pk PRIMARY KEY, v sql_variant NULL)',
  );
  const insert = 'INSERT INTO dbo.variants (id, v) VALUES';
  await scene.source.sql(VALUES.map((value, n) => `${insert} (${n}, ${value})`).join(';\n'));
});
afterAll(async () => scene.close());

describe('a sql_variant on its way from SQL Server to SQL Server', () => {
  it('11.2: keeps its type with all that belongs to it, and its value', async () => {
    await resync(scene, 'dbo.variants');
    const arrived = await scene.target.sql(SHOWN);
    expect(arrived).toHaveLength(VALUES.length);
    expect(arrived).toEqual(await scene.source.sql(SHOWN));
  });

  it('11.2: is written by a merge only where type or value differ', async () => {
    await scene.source.sql('UPDATE dbo.variants SET v = CONVERT(bigint, -5) WHERE id = 0');
    expect(await resync(scene, 'dbo.variants', { load: 'merge' })).toMatchObject({
      counts: { inserted: 0, updated: 1, deleted: 0 },
    });
    expect(await scene.target.sql(SHOWN)).toEqual(await scene.source.sql(SHOWN));
  });
});
