/** What may happen, as data: fast-check makes it from a seed, and takes away what is not needed. */
import fc from 'fast-check';
import type { Blow, Zoo } from './ends.js';
import { KEYS } from './ends.js';

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

export const ALTERATIONS = ['add', 'drop', 'rename', 'remake', 'replace'] as const;
export type Alteration = (typeof ALTERATIONS)[number];

export interface Write {
  readonly do: 'write';
  readonly by: number;
  readonly table: number;
  readonly what: WriteName;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Between `prepare` and what ends it a transaction has no session, and its writer begins others. */
export type TransactionStep =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'rollbackTo'
  | 'prepare'
  | 'commitPrepared'
  | 'rollbackPrepared';

export type Step =
  | Write
  | {
      readonly do: TransactionStep;
      readonly by: number;
    }
  | { readonly do: 'truncate'; readonly by: number; readonly table: number }
  | {
      readonly do: 'alter';
      readonly by: number;
      readonly table: number;
      readonly what: Alteration;
    }
  | { readonly do: 'tick'; readonly table: number; readonly waits: boolean }
  | {
      readonly do: 'resync';
      readonly table: number;
      readonly load: (typeof LOADS)[number];
      readonly twice: boolean;
    }
  | { readonly do: 'pause' | 'resume' | 'verify' | 'abandon'; readonly table: number }
  | {
      readonly do: 'kill';
      readonly side: 'source' | 'target';
      readonly how: Blow;
      readonly nth: number;
    }
  | { readonly do: 'delay'; readonly ms: number | null }
  | { readonly do: 'lane'; readonly what: 'restart' | 'twin' };

/** How tables hang together on the target. */
interface Ties {
  readonly consistency: 'transaction' | 'table';
  readonly foreignKeys: 'keep' | 'enforce' | 'none';
}

const TIES: readonly Ties[] = [
  { consistency: 'transaction', foreignKeys: 'keep' },
  { consistency: 'transaction', foreignKeys: 'enforce' },
  { consistency: 'transaction', foreignKeys: 'none' },
  { consistency: 'table', foreignKeys: 'keep' },
  { consistency: 'table', foreignKeys: 'none' },
];

export interface History {
  /** Which of the zoo. */
  readonly kinds: readonly number[];
  readonly ties: Ties;
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

const inTransaction = (...names: readonly TransactionStep[]) =>
  fc.record({ do: fc.constantFrom(...names), by });

/** What a history is made for: its engines and its feed. */
export interface Realm {
  readonly zoo: Zoo;
  /** What may go wrong; the more often one stands there, the more often it does. */
  readonly blows: readonly Blow[];
  /** How late the feed may be. */
  readonly delays: readonly (number | null)[];
  readonly consistency: readonly Ties['consistency'][];
  /** What becomes of the tables themselves. */
  readonly alterations: readonly Alteration[];
  /** Whether transactions may leave their sessions. */
  readonly prepares: boolean;
}

const COMMANDS: readonly fc.WeightedArbitrary<Step>[] = [
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
  { weight: 2, arbitrary: fc.record({ do: of('lane'), what: fc.constantFrom('restart', 'twin') }) },
];

const WRITING: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 200, arbitrary: write },
  { weight: 12, arbitrary: inTransaction('begin') },
  { weight: 16, arbitrary: inTransaction('commit') },
  { weight: 3, arbitrary: inTransaction('rollback') },
  { weight: 10, arbitrary: inTransaction('savepoint', 'rollbackTo') },
  { weight: 1, arbitrary: fc.record({ do: of('truncate'), by, table }) },
];

function trouble({ blows, delays, alterations, prepares }: Realm): fc.WeightedArbitrary<Step>[] {
  const side = fc.constantFrom('source', 'target');
  const how = fc.constantFrom(...blows);
  const all: fc.WeightedArbitrary<Step>[] = [
    { weight: 3, arbitrary: fc.record({ do: of('kill'), side, how, nth: fc.nat(9) }) },
  ];
  if (alterations.length > 0) {
    const what = fc.constantFrom(...alterations);
    all.push({ weight: 2, arbitrary: fc.record({ do: of('alter'), by, table, what }) });
  }
  if (prepares) {
    const arbitrary = inTransaction('prepare', 'commitPrepared', 'rollbackPrepared');
    all.push({ weight: 3, arbitrary });
  }
  if (delays.length > 0) {
    const ms = fc.constantFrom(...delays);
    all.push({ weight: 4, arbitrary: fc.record({ do: of('delay'), ms }) });
  }
  return all;
}

export function histories(steps: number, realm: Realm): fc.Arbitrary<History> {
  const which = [...realm.zoo.keys()];
  const step = fc.oneof(...WRITING, ...COMMANDS, ...trouble(realm));
  return fc.record({
    kinds: fc.subarray(which, { minLength: 2, maxLength: 2 }),
    ties: fc.constantFrom(
      ...TIES.filter(({ consistency }) => realm.consistency.includes(consistency)),
    ),
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
