import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MsType, TdsValue } from '../../../support/sqlserver/backend.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { batch, connect, perform } from './client.js';
import { FakeBackend } from './fake-backend.js';
import { column, type } from './types.js';

const utc = (text: string): Date => new Date(`${text}Z`);
const megabytes = 'ä\u0000\ud83d'.repeat(900_000);
const blob = randomBytes(5_000_000);
const cyrillic = { collation: 'Cyrillic_General_CI_AS' };
const utf8 = { collation: 'Latin1_General_100_BIN2_UTF8' };
const max = { length: -1 };

/** A type, a value of the seam, and what the driver makes of it. */
const readings: readonly (readonly [MsType, TdsValue, unknown])[] = [
  [type('bit'), true, true],
  [type('tinyint'), 255, 255],
  [type('smallint'), -32768, -32768],
  [type('int'), -2147483648, -2147483648],
  [type('bigint'), '-9223372036854775808', '-9223372036854775808'],
  [type('decimal', { precision: 9, scale: 2 }), '-1234567.89', -1234567.89],
  [type('decimal', { precision: 19, scale: 4 }), '12345.6789', 12345.6789],
  [type('decimal', { precision: 38, scale: 0 }), '1'.padEnd(38, '0'), 1e37],
  [type('money'), '-922337203685477.5808', -922337203685477.5808],
  [type('smallmoney'), '214748.3647', 214748.3647],
  [type('float'), 1.5e300, 1.5e300],
  [type('real'), 0.5, 0.5],
  [type('date'), '0001-01-01', utc('0001-01-01T00:00:00')],
  [type('date'), '9999-12-31', utc('9999-12-31T00:00:00')],
  [type('time', { scale: 7 }), '23:59:59.1234567', utc('1970-01-01T23:59:59.123')],
  [type('datetime'), '2024-02-29 12:34:56.1270000', utc('2024-02-29T12:34:56.127')],
  [type('smalldatetime'), '2079-06-06 23:59:00', utc('2079-06-06T23:59:00')],
  [type('datetime2', { scale: 3 }), '2000-03-01 01:02:03.4560000', utc('2000-03-01T01:02:03.456')],
  [
    type('datetimeoffset', { scale: 7 }),
    '2024-01-01 00:30:00.0000000 +05:30',
    utc('2023-12-31T19:00:00'),
  ],
  [
    type('uniqueidentifier'),
    '00112233-4455-6677-8899-aabbccddeeff',
    '00112233-4455-6677-8899-AABBCCDDEEFF',
  ],
  [type('char', { length: 3 }), 'ab ', 'ab '],
  [type('varchar', { length: 20 }), 'naïve €', 'naïve €'],
  [type('varchar', { length: 20, ...cyrillic }), 'Привет', 'Привет'],
  [type('varchar', { length: 20, ...utf8 }), 'žluť 🐴', 'žluť 🐴'],
  [type('nchar', { length: 4 }), 'ab', 'ab'],
  [type('nvarchar', { length: 40 }), 'a\u0000\ud800', 'a\u0000\ud800'],
  [type('nvarchar', max), '', ''],
  [type('nvarchar', max), megabytes, megabytes],
  [type('varchar', max), 'x'.repeat(20_000), 'x'.repeat(20_000)],
  [type('text'), 'old', 'old'],
  [type('ntext'), 'ōld', 'ōld'],
  [type('image'), Buffer.from([1, 2]), Buffer.from([1, 2])],
  [type('binary', { length: 4 }), Buffer.from([0, 1, 2, 3]), Buffer.from([0, 1, 2, 3])],
  [type('varbinary', { length: 10 }), Buffer.alloc(0), Buffer.alloc(0)],
  [type('varbinary', max), blob, blob],
  [type('timestamp'), Buffer.alloc(8, 1), Buffer.alloc(8, 1)],
  [type('xml'), '<a>ü</a>', '<a>ü</a>'],
  [type('hierarchyid'), Buffer.from([0x58]), Buffer.from([0x58])],
  [type('geography'), Buffer.from([1, 2, 3]), Buffer.from([1, 2, 3])],
  [type('geometry'), Buffer.from([4]), Buffer.from([4])],
  [type('sysname', { length: 256 }), 'name', 'name'],
  [type('sql_variant'), { type: type('int'), value: 7 }, 7],
  [type('sql_variant'), { type: type('nvarchar', { length: 10 }), value: 'é' }, 'é'],
  [type('sql_variant'), { type: type('bigint'), value: '12' }, '12'],
  [type('sql_variant'), { type: type('decimal', { precision: 9, scale: 1 }), value: '-1.5' }, -1.5],
  [
    type('sql_variant'),
    { type: type('datetime2', { scale: 0 }), value: '2020-01-02 03:04:05' },
    utc('2020-01-02T03:04:05'),
  ],
];

describe('every type', () => {
  const backend = new FakeBackend();
  let server: TdsServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await startTdsServer({ backend });
    connection = await connect(server);
  });
  afterAll(async () => {
    connection.close();
    await server.close();
  });

  it('is read by the driver, and its NULL', async () => {
    backend.on('all', async (_request, sink) => {
      sink.columns(readings.map(([of], at) => column(`c${String(at)}`, of)));
      await sink.row(readings.map(([, value]) => value));
      await sink.row(readings.map(() => null));
      sink.done(2);
    });
    const { results } = await batch(connection, 'all');
    const [values = [], nulls = []] = results[0] ?? [];
    readings.forEach(([of, , expected], at) => {
      const seen = values[at];
      if (Buffer.isBuffer(expected)) expect(expected.equals(seen as Buffer), of.name).toBe(true);
      else if (expected instanceof Date) expect(seen, of.name).toEqual(expected);
      else expect(seen === expected, `${of.name}: ${String(seen).slice(0, 99)}`).toBe(true);
    });
    expect(nulls.every((value) => value === null)).toBe(true);
  });

  it('is read from a parameter, and its NULL', async () => {
    const offset = -new Date('2024-01-01T12:00:00.123Z').getTimezoneOffset();
    expect(offset).toBeTypeOf('number');
    const sent: readonly (readonly [(typeof TYPES)[keyof typeof TYPES], unknown, TdsValue])[] = [
      [TYPES.Bit, false, false],
      [TYPES.TinyInt, 200, 200],
      [TYPES.SmallInt, -5, -5],
      [TYPES.Int, 5, 5],
      [TYPES.BigInt, 9223372036854775807n, '9223372036854775807'],
      [TYPES.Float, 0.1, 0.1],
      [TYPES.Real, 0.5, 0.5],
      [TYPES.Money, -1.25, '-1.2500'],
      [TYPES.SmallMoney, 2.5, '2.5000'],
      [TYPES.Date, utc('2024-02-29T00:00:00'), '2024-02-29'],
      [TYPES.DateTime, utc('1753-01-01T00:00:00.003'), '1753-01-01 00:00:00.0030000'],
      [TYPES.SmallDateTime, utc('1900-01-01T00:01:00'), '1900-01-01 00:01:00.0000000'],
      [TYPES.DateTime2, utc('2024-01-01T12:00:00.123'), '2024-01-01 12:00:00.1230000'],
      [TYPES.Time, utc('1970-01-01T12:00:00.5'), '12:00:00.5000000'],
      [
        TYPES.UniqueIdentifier,
        '00112233-4455-6677-8899-AABBCCDDEEFF',
        '00112233-4455-6677-8899-aabbccddeeff',
      ],
      [TYPES.VarChar, 'naïve', 'naïve'],
      [TYPES.Char, 'ab', 'ab'],
      [TYPES.NVarChar, 'a\u0000\ud800', 'a\u0000\ud800'],
      [TYPES.NVarChar, megabytes, megabytes],
      [TYPES.NChar, 'ü', 'ü'],
      [TYPES.VarBinary, Buffer.from([0]), Buffer.from([0])],
      [TYPES.VarBinary, blob, blob],
      [TYPES.Text, 'long', 'long'],
      [TYPES.Image, Buffer.from([9]), Buffer.from([9])],
    ];
    for (const isNull of [false, true]) {
      await perform(
        `parameters ${String(isNull)}`,
        (request) => connection.execSql(request),
        (request) => {
          sent.forEach(([of, value], at) => {
            request.addParameter(`p${String(at)}`, of, isNull ? null : value);
          });
        },
      );
      const values = backend.last.requests.at(-1)?.params.map((param) => param.value) ?? [];
      sent.forEach(([of, , expected], at) => {
        const seen = values[at];
        if (isNull) expect(seen, of.name).toBeNull();
        else if (Buffer.isBuffer(expected)) expect(expected.equals(seen as Buffer)).toBe(true);
        else expect(seen === expected, `${of.name}: ${inspect(seen).slice(0, 99)}`).toBe(true);
      });
    }
  });

  it('keeps the digits of a decimal that fit a float', async () => {
    await perform(
      'decimal',
      (request) => connection.execSql(request),
      (request) => {
        request.addParameter('a', TYPES.Decimal, -12345.67, { precision: 18, scale: 2 });
        request.addParameter('b', TYPES.Numeric, 5, { precision: 38, scale: 3 });
      },
    );
    const values = backend.last.requests.at(-1)?.params.map((param) => param.value);
    expect(values).toEqual(['-12345.67', '5.000']);
  });
});
