import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { SettleWorld } from '../../../src/core/settle.js';
import { settleDifferences } from '../../../src/core/settle.js';
import type { SidePart, SideRow, VerificationSide } from '../../../src/core/verification.js';
import { compareSides } from '../../../src/core/verification.js';

const LIMITS = { maxDifferences: 1_000, maxRowsRead: 4 };

/** A side that answers from a list of rows, as a database would. */
class ListSide implements VerificationSide {
  reads = 0;

  constructor(private readonly rows: readonly SideRow[]) {}

  async digest() {
    return digestOf(this.rows);
  }

  async parts(prefixes: readonly string[], digits: number): Promise<SidePart[]> {
    const length = (prefixes[0] ?? '').length + digits;
    const groups = new Map<string, SideRow[]>();
    for (const row of this.below(prefixes)) {
      const id = hashOf(row.key).slice(0, length);
      groups.set(id, [...(groups.get(id) ?? []), row]);
    }
    return [...groups].map(([id, rows]) => ({ id, digest: digestOf(rows) }));
  }

  async rowsOfParts(prefixes: readonly string[]): Promise<SideRow[]> {
    const rows = this.below(prefixes);
    this.reads += rows.length;
    return rows;
  }

  private below(prefixes: readonly string[]): SideRow[] {
    return this.rows.filter((row) => prefixes.some((prefix) => hashOf(row.key).startsWith(prefix)));
  }
}

function hashOf(key: string): string {
  return createHash('md5').update(key).digest('hex').slice(0, 15);
}

function digestOf(rows: readonly SideRow[]) {
  const sum = rows.reduce((total, row) => total + BigInt(`0x${hashOf(row.hash)}`), 0n);
  return { rows: rows.length, hash: sum.toString() };
}

describe('comparing two sides', () => {
  it('finds exactly the rows that differ', async () => {
    const table = fc.dictionary(fc.string({ maxLength: 3 }), fc.constantFrom('a', 'b', 'c'), {
      maxKeys: 60,
    });
    await fc.assert(
      fc.asyncProperty(table, table, async (left, right) => {
        const rows = (side: Record<string, string>) =>
          Object.entries(side).map(([key, hash]) => ({ key, hash: `${key}=${hash}` }));
        const result = await compareSides(
          new ListSide(rows(left)),
          new ListSide(rows(right)),
          LIMITS,
        );
        const expected = [...new Set([...Object.keys(left), ...Object.keys(right)])]
          .filter((key) => left[key] !== right[key])
          .map((key) =>
            !(key in right) ? `missing ${key}` : key in left ? `changed ${key}` : `extra ${key}`,
          );
        const found = result.differences.map(
          (difference) => `${difference.kind} ${difference.key}`,
        );
        expect(found.sort()).toEqual(expected.sort());
        expect(result.more).toBe(false);
      }),
    );
  });

  const many = (count: number, hash: string): SideRow[] =>
    Array.from({ length: count }, (_, n) => ({ key: String(n), hash: `${hash}${String(n)}` }));

  it('reads few rows to find one difference among many', async () => {
    const left = new ListSide(many(20_000, 'a'));
    const right = new ListSide([...many(20_000, 'a').slice(1), { key: '0', hash: 'other' }]);
    const result = await compareSides(left, right, { maxDifferences: 10, maxRowsRead: 100 });
    expect(result.differences).toEqual([{ key: '0', kind: 'changed' }]);
    expect(left.reads).toBeLessThan(100);
  });

  it('stops at the number of differences that was asked for and says that there are more', async () => {
    const sides = [new ListSide(many(5_000, 'a')), new ListSide(many(5_000, 'b'))] as const;
    const result = await compareSides(...sides, { maxDifferences: 10, maxRowsRead: 100 });
    expect(result.differences).toHaveLength(10);
    expect(result.more).toBe(true);
    expect(sides[0].reads).toBeLessThan(200);
  });

  it('finds a row that is there twice', async () => {
    const row = { key: 'k', hash: 'h' };
    const result = await compareSides(new ListSide([row, row]), new ListSide([row]), LIMITS);
    expect(result.differences).toEqual([{ key: 'k', kind: 'changed' }]);
  });
});

/** A source whose row toggles and a target that follows some steps behind. */
class MovingWorld implements SettleWorld {
  private step = 0;
  private applied = 0;

  constructor(
    private readonly drifted: ReadonlySet<string>,
    private readonly moving: ReadonlySet<string>,
    private readonly random: () => number,
    private readonly reaches = true,
  ) {}

  private tick(): void {
    this.step += Math.floor(this.random() * 3);
    this.applied = Math.max(this.applied, this.step - Math.floor(this.random() * 4));
  }

  async readSource(keys: readonly string[]): Promise<SideRow[]> {
    this.tick();
    return keys.map((key) => this.row(key, this.step));
  }

  async readTarget(keys: readonly string[]): Promise<SideRow[]> {
    this.tick();
    return keys.map((key) =>
      this.drifted.has(key) ? { key, hash: 'drift' } : this.row(key, this.applied),
    );
  }

  follows(): Promise<boolean> {
    return Promise.resolve(true);
  }

  goesOn(): boolean {
    return true;
  }

  async sourceEnd(): Promise<string> {
    this.tick();
    return String(this.step);
  }

  async targetReached(position: string): Promise<boolean> {
    if (this.reaches) this.applied = Math.max(this.applied, Number(position));
    return this.reaches;
  }

  private row(key: string, step: number): SideRow {
    const value = this.moving.has(key) ? step : 0;
    return { key, hash: `v${String(value % 2)}`, version: String(value) };
  }
}

describe('settling differences under load', () => {
  it('never calls a row drift that is only on its way, and finds the planted ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (s) => {
          const random = () => s.next().value ?? 0;
          const drifted = new Set(['d1', 'd2']);
          const moving = new Set(['m1', 'm2', 'm3']);
          const suspects = [...drifted, ...moving].map((key) => ({
            key,
            kind: 'changed' as const,
          }));
          const world = new MovingWorld(drifted, moving, random);
          const { drift } = await settleDifferences(suspects, world, { most: 10, late: 10 });
          expect(drift.map((difference) => difference.key).sort()).toEqual(['d1', 'd2']);
        },
      ),
    );
  });

  const ROUNDS = { most: 3, late: 2 };
  const DIFFERENCE = { key: 'd', kind: 'changed' } as const;

  it('gives no verdict while the target does not arrive, and says that this was why', async () => {
    const world = new MovingWorld(new Set(['d']), new Set(), () => 0, false);
    const result = await settleDifferences([DIFFERENCE], world, ROUNDS);
    expect(result).toEqual({ drift: [], unsettled: ['d'], why: 'late' });
  });

  it('gives no verdict on a row that moves at every look', async () => {
    let n = 0;
    const row = (): SideRow[] => [{ key: 'd', hash: 'h', version: String(n++) }];
    const world: SettleWorld = {
      readSource: () => Promise.resolve(row()),
      readTarget: () => Promise.resolve([{ key: 'd', hash: 'other' }]),
      sourceEnd: () => Promise.resolve(null),
      targetReached: () => Promise.resolve(true),
      follows: () => Promise.resolve(true),
      goesOn: () => true,
    };
    const result = await settleDifferences([DIFFERENCE], world, ROUNDS);
    expect(result).toEqual({ drift: [], unsettled: ['d'], why: 'moving' });
  });

  it('keeps what it found before the table left, and judges nothing after', async () => {
    const both = [DIFFERENCE, { ...DIFFERENCE, key: 'e' }];
    const looks = { d: ['still', 'still', 'still'], e: ['one', 'two', 'two'] };
    let look = 0;
    const version = (key: string) => looks[key as keyof typeof looks][look] ?? '';
    const world: SettleWorld = {
      readSource: (keys) =>
        Promise.resolve(keys.map((key) => ({ key, hash: 'h', version: version(key) }))),
      readTarget: (keys) => {
        // The source row of e moves during the first look.
        look += 1;
        return Promise.resolve(keys.map((key) => ({ key, hash: 'other' })));
      },
      sourceEnd: () => Promise.resolve(null),
      targetReached: () => Promise.resolve(true),
      follows: () => Promise.resolve(look < 3),
      goesOn: () => true,
    };
    const result = await settleDifferences(both, world, ROUNDS);
    expect(result).toEqual({ drift: [DIFFERENCE], unsettled: ['e'], why: 'left' });
  });

  it('asks nobody any more once it has to end', async () => {
    const world = new MovingWorld(new Set(['d']), new Set(), () => 0);
    world.goesOn = () => false;
    const read = vi.spyOn(world, 'readSource');
    const result = await settleDifferences([DIFFERENCE], world, ROUNDS);
    expect(result).toEqual({ drift: [], unsettled: ['d'], why: 'interrupted' });
    expect(read).not.toHaveBeenCalled();
  });
});
