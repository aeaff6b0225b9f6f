/** What may happen, as data: fast-check makes it from a seed, and takes away what is not needed. */
import fc from 'fast-check';
import { KEYS, ZOO } from './zoo.js';

export const WRITERS = 3;

export const WRITES = [
  'insert',
  'upsert',
  'update',
  'updateBig',
  'updateAll',
  'delete',
  'move',
  'swap',
  'rotate',
  'reinsert',
  'replace',
  'takeOver',
  'leaveAndFill',
  'swapUnique',
  'shift',
  'large',
  'noLarge',
] as const;
export type WriteName = (typeof WRITES)[number];

const RARE: readonly WriteName[] = ['large', 'noLarge', 'shift', 'updateAll'];

export const LOADS = ['auto', 'swap', 'merge', 'truncate', 'partitionSwitch'] as const;

export interface Write {
  readonly do: 'write';
  readonly by: number;
  readonly table: number;
  readonly what: WriteName;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export type Step =
  | Write
  | {
      readonly do: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'rollbackTo';
      readonly by: number;
    }
  | { readonly do: 'truncate'; readonly by: number; readonly table: number }
  | {
      readonly do: 'alter';
      readonly by: number;
      readonly table: number;
      readonly what: 'add' | 'drop' | 'rename';
    }
  | { readonly do: 'tick'; readonly table: number; readonly waits: boolean }
  | {
      readonly do: 'resync';
      readonly table: number;
      readonly load: (typeof LOADS)[number];
      readonly twice: boolean;
    }
  | { readonly do: 'pause' | 'resume' | 'verify' | 'abandon'; readonly table: number }
  | { readonly do: 'kill'; readonly side: 'source' | 'target'; readonly nth: number }
  | { readonly do: 'lane'; readonly what: 'restart' | 'twin' };

export interface History {
  /** Which of the zoo. */
  readonly kinds: readonly number[];
  readonly foreignKeys: 'keep' | 'enforce' | 'none';
  readonly batch: { readonly rows: number; readonly wait: string };
  readonly steps: readonly Step[];
}

const by = fc.nat(WRITERS - 1);
const table = fc.nat(3);
const n = fc.nat(KEYS - 1);
const of = <T extends string>(name: T) => fc.constant(name);

const write: fc.Arbitrary<Step> = fc.record({
  do: of('write'),
  by,
  table,
  what: fc.oneof(
    ...WRITES.map((what) => ({ weight: RARE.includes(what) ? 1 : 6, arbitrary: of(what) })),
  ),
  a: n,
  b: n,
  c: n,
});

const inTransaction = (
  ...names: readonly ('begin' | 'commit' | 'rollback' | 'savepoint' | 'rollbackTo')[]
) => fc.record({ do: fc.constantFrom(...names), by });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 200, arbitrary: write },
  { weight: 12, arbitrary: inTransaction('begin') },
  { weight: 16, arbitrary: inTransaction('commit') },
  { weight: 3, arbitrary: inTransaction('rollback') },
  { weight: 10, arbitrary: inTransaction('savepoint', 'rollbackTo') },
  { weight: 36, arbitrary: fc.record({ do: of('tick'), table, waits: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: of('resync'),
      table,
      load: fc.constantFrom(...LOADS),
      twice: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume'), table }) },
  { weight: 5, arbitrary: fc.record({ do: of('verify'), table }) },
  { weight: 2, arbitrary: fc.record({ do: of('abandon'), table }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: of('kill'),
      side: fc.constantFrom('source', 'target'),
      nth: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('lane'), what: fc.constantFrom('restart', 'twin') }) },
  { weight: 1, arbitrary: fc.record({ do: of('truncate'), by, table }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: of('alter'),
      by,
      table,
      what: fc.constantFrom('add', 'drop', 'rename'),
    }),
  },
);

export function histories(steps: number): fc.Arbitrary<History> {
  const which = [...ZOO.keys()];
  return fc.record({
    kinds: fc.subarray(which, { minLength: 2, maxLength: 2 }),
    foreignKeys: fc.constantFrom('keep', 'enforce', 'none'),
    batch: fc.record({
      rows: fc.constantFrom(2, 50, 5_000),
      wait: fc.constantFrom('0ms', '300ms'),
    }),
    steps: fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }),
  });
}

/** One line for each step, for people. */
export function describeStep(it: Step, names: readonly string[]): string {
  const on = 'table' in it ? ` ${names[it.table % names.length] ?? ''}` : '';
  const who = 'by' in it ? `writer ${it.by}: ` : '';
  const rest = Object.entries(it)
    .filter(([key]) => !['do', 'by', 'table'].includes(key))
    .map(([, value]) => String(value));
  return [`${who}${it.do}${on}`, ...rest].join(' ');
}
