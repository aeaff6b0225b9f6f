import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { Connection } from 'tedious';
import { describe, expect, it } from 'vitest';
import { BulkRows } from '../../../src/engines/sqlserver/bulk-rows.js';
import { bulkType } from '../../../src/engines/sqlserver/driver-values.js';
import type { BulkColumn, BulkType } from '../../../src/engines/sqlserver/sql-session.js';

const VALUES: Readonly<Record<BulkType, fc.Arbitrary<unknown>>> = {
  bit: fc.boolean(),
  tinyint: fc.integer({ min: 0, max: 255 }),
  smallint: fc.integer({ min: -32_768, max: 32_767 }),
  int: fc.integer(),
  bigint: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    fc.maxSafeInteger(),
    fc.maxSafeInteger().map(String),
    fc.constantFrom('0', '-0', '-1', '999999999999999', '-999999999999999', '-4294967296'),
  ),
  real: fc.float({ noNaN: true }).map(withoutSignOfZero),
  float: fc.double({ noNaN: true }).map(withoutSignOfZero),
  uniqueidentifier: fc.oneof(
    fc.uuid(),
    fc.uuid().map((text) => text.toUpperCase()),
  ),
  nvarchar: fc.string({ unit: 'binary', maxLength: 60 }),
  varbinary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
};

/** The driver drops it: it reads a number by way of its text. */
function withoutSignOfZero(value: number): number {
  return value === 0 ? 0 : value;
}

const types = Object.keys(VALUES) as BulkType[];

interface Filled {
  readonly columns: readonly BulkColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

const filled: fc.Arbitrary<Filled> = fc
  .array(fc.record({ type: fc.constantFrom(...types), isMax: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((shapes) => {
    const columns = shapes.map(({ type, isMax }, n): BulkColumn => {
      const takesLength = type === 'nvarchar' || type === 'varbinary';
      const length = takesLength ? { length: isMax ? ('max' as const) : 4000 } : {};
      return { name: `c${String(n)}`, type, nullable: true, ...length };
    });
    const cells = columns.map(({ type }) => fc.option(VALUES[type]));
    return fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...cells), { maxLength: 20 }),
    });
  });

/** What the driver writes of the rows: after the columns and before the token of the end. */
async function byDriver({ columns, rows }: Filled): Promise<Buffer> {
  const connection = new Connection({ server: 'none.invalid' });
  const load = connection.newBulkLoad('t', () => undefined);
  for (const column of columns) {
    const { type, options } = bulkType(column);
    load.addColumn(column.name, type, options);
  }
  const sink = load.rowToPacketTransform;
  for (const row of rows) sink.write(row);
  sink.end();
  const all = await buffer(sink);
  const head = rows.length === 0 ? 0 : load.getColMetaData().length;
  return all.subarray(head, all.length - load.createDoneToken().length);
}

function byUs({ columns, rows }: Filled, blockBytes: number): Buffer {
  const ours = new BulkRows(columns, blockBytes);
  const blocks: Buffer[] = [];
  for (const row of rows) {
    ours.add(row);
    if (ours.held >= blockBytes) blocks.push(...ours.take());
  }
  return Buffer.concat([...blocks, ...ours.take()]);
}

describe('rows of a bulk load', () => {
  it('are the bytes that the driver writes of them', async () => {
    await fc.assert(
      fc.asyncProperty(filled, fc.integer({ min: 1, max: 300 }), async (given, blockBytes) => {
        expect(byUs(given, blockBytes).equals(await byDriver(given))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('keep the sign of a zero', () => {
    const columns: readonly BulkColumn[] = [{ name: 'c', type: 'float', nullable: false }];
    const bytes = byUs({ columns, rows: [[-0]] }, 100);
    expect(Object.is(bytes.readDoubleLE(2), -0)).toBe(true);
  });

  it.each<[BulkType, unknown]>([
    ['tinyint', 256],
    ['tinyint', -1],
    ['smallint', 32_768],
    ['int', 2 ** 31],
    ['int', '7'],
    ['int', Number.NaN],
    ['bigint', '9223372036854775808'],
    ['bigint', '12 345'],
    ['bigint', 1.5],
    ['bigint', 2 ** 60],
    ['float', '1'],
    ['uniqueidentifier', '6F9619FF8B86D011B42D00C04FC964FF'],
    ['uniqueidentifier', 7],
    ['nvarchar', 7],
    ['nvarchar', 'x'.repeat(32_768)],
    ['varbinary', 'text'],
    ['varbinary', Buffer.alloc(65_535)],
  ])('names the column of a value that is no %s, not the value', (type, value) => {
    const columns: readonly BulkColumn[] = [
      { name: 'first', type: 'int', nullable: false },
      { name: 'second', type, nullable: false },
    ];
    const rows = new BulkRows(columns, 100);
    rows.add([1, null]);
    expect(() => rows.add([1, value])).toThrow(
      new TypeError(`A value does not fit second (${type}).`),
    );
  });
});
