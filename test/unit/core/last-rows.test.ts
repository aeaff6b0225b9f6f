import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LastRowsSide } from '../../../src/core/last-rows.js';
import { compareLastRows, sortAlike } from '../../../src/core/last-rows.js';
import type { NeutralType } from '../../../src/core/neutral-type.js';
import type { SideRow } from '../../../src/core/verification.js';

const MANY = { maxDifferences: 1_000, maxRowsRead: 4 };

type Table = Readonly<Record<string, string>>;
type Order = (a: string, b: string) => number;

const byCode: Order = (a, b) => (a < b ? -1 : 1);
const backwards: Order = (a, b) => -byCode(a, b);

function lastOf(table: Table, order: Order, rows: number): string[] {
  return Object.keys(table).sort(order).slice(-rows);
}

/** A table that a server sorts in `order`; `rows` says more of them than there are. */
class SortedSide implements LastRowsSide {
  asked: string[] = [];

  constructor(
    private readonly table: Table,
    private readonly last: readonly string[],
    private readonly saysRows = last.length,
  ) {}

  async digest() {
    const sum = this.rowsOf(this.last).reduce((total, row) => total + BigInt(`0x${row.hash}`), 0n);
    return { rows: this.saysRows, hash: sum.toString() };
  }

  async parts() {
    return [];
  }

  async rowsOfParts(prefixes: readonly string[]) {
    this.asked.push(...prefixes);
    const inPart = (key: string) => prefixes.some((prefix) => hashOf(key).startsWith(prefix));
    return this.rowsOf(this.last.filter(inPart));
  }

  async rowsByKey(keys: readonly string[]) {
    return this.rowsOf(keys);
  }

  private rowsOf(keys: readonly string[]): SideRow[] {
    const there = keys.filter((key) => this.table[key] !== undefined);
    return there.map((key) => ({ key, hash: hashOf(`${key}=${this.table[key] ?? ''}`) }));
  }
}

function hashOf(text: string): string {
  return createHash('md5').update(text).digest('hex').slice(0, 15);
}

describe('comparing the last rows of two sides that sort keys differently', () => {
  it('finds the rows among them that differ, and no other', async () => {
    const tables = fc.dictionary(fc.stringMatching(/^[a-d]{1,3}$/), fc.constantFrom('x', 'y'), {
      maxKeys: 30,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(tables, tables, fc.integer({ min: 1, max: 8 }), async (a, b, n) => {
        const [left, right] = [lastOf(a, byCode, n), lastOf(b, backwards, n)];
        const result = await compareLastRows(
          new SortedSide(a, left),
          new SortedSide(b, right),
          MANY,
        );
        const expected = [...new Set([...left, ...right])].filter((key) => a[key] !== b[key]);
        expect(result.differences.map(({ key }) => key).sort()).toEqual(expected.sort());
        expect(result).toMatchObject({ sourceRows: left.length, targetRows: right.length });
        for (const { key, kind } of result.differences) {
          const there = b[key] === undefined ? 'missing' : 'changed';
          expect(kind).toBe(a[key] === undefined ? 'extra' : there);
        }
      }),
    );
  });

  it('takes very many rows by parts of the hash of their keys, and ends when there is enough', async () => {
    const table = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`k${String(n)}`, 'x']));
    const other = Object.fromEntries(Object.keys(table).map((key) => [key, 'y']));
    const keys = Object.keys(table);
    const sides = () => [
      new SortedSide(table, keys, 900_000),
      new SortedSide(other, keys, 900_000),
    ];
    const [left, right] = sides();
    if (left === undefined || right === undefined) throw new Error('There are two sides.');
    const all = await compareLastRows(left, right, MANY);
    expect(all.differences).toHaveLength(64);
    expect(left.asked).toHaveLength(16 ** 2);
    const few = await compareLastRows(left, right, { ...MANY, maxDifferences: 5 });
    expect(few.differences).toHaveLength(5);
    expect(few.more).toBe(true);
    expect(left.asked.length).toBeLessThan(2 * 16 ** 2);
  });
});

describe('keys that every server sorts alike', () => {
  const ALIKE: readonly [NeutralType | null, boolean][] = [
    [{ kind: 'boolean' }, true],
    [{ kind: 'integer', bits: 64 }, true],
    [{ kind: 'date' }, true],
    [{ kind: 'time', digits: 6 }, true],
    [{ kind: 'decimal', precision: 10, scale: 2 }, true],
    [{ kind: 'decimal', precision: null, scale: null }, false],
    [{ kind: 'timestamp', digits: 6, zone: 'utc' }, true],
    [{ kind: 'timestamp', digits: 6, zone: 'offset' }, false],
    [{ kind: 'uuid' }, false],
    [{ kind: 'text', length: null, fixed: false }, false],
    [null, false],
  ];

  it.each(ALIKE)('%j: %s', (type, alike) => {
    const column = { name: 'k', type, sourceType: 't', nullable: false, identity: false };
    expect(sortAlike([column], ['k'])).toBe(alike);
    expect(sortAlike([column], ['another'])).toBe(false);
  });
});
