import fc from 'fast-check';
import { SimTable } from './sim-table.js';

/** Composite key, a large value that updates leave out, a unique column, words of any kind. */
export const WORKLOAD_DDL = `
create table dbo.ck (a int not null, b nvarchar(10) not null, v nvarchar(20) null,
  big nvarchar(max) null, len as len(v), primary key (b, a));
create table dbo.uq (id int not null primary key, u int null, big nvarchar(max) null);
create unique index uq_u on dbo.uq (u) where u is not null`;

export const WORKLOAD_TABLES = ['ck', 'uq'] as const;

export interface Sources {
  readonly ck: SimTable;
  readonly uq: SimTable;
}

export function newSources(): Sources {
  return {
    ck: new SimTable('ck', [
      { name: 'a', key: true },
      { name: 'b', key: true },
      { name: 'v' },
      { name: 'big', large: true },
    ]),
    uq: new SimTable('uq', [
      { name: 'id', key: true },
      { name: 'u' },
      { name: 'big', large: true },
    ]),
  };
}

export type Operation = (sources: Sources) => void;

const small = fc.integer({ min: 1, max: 6 }).map(String);
const word = fc.constantFrom('x', 'y', 'ü,"\\', '', null);
let bigs = 0;
const big = (): string => `${String((bigs += 1))}${'z'.repeat(5_000)}`;

/** Takes u = `u` from whoever has it, if only for a moment. */
function exchange({ uq }: Sources, one: string, other: string): void {
  const holder = (u: string) => uq.all().find((row) => row.u === u);
  const first = holder(one);
  const second = holder(other);
  if (first === undefined || second === undefined || first === second) return;
  uq.update(first, { u: '-1' });
  uq.update(second, { u: one });
  uq.update({ ...first }, { u: other });
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(small, small, word).map(([a, b, v]): Operation => ({ ck }) => {
    ck.insert({ a, b: `k${b}`, v, big: big() });
  }),
  fc.tuple(small, small, word).map(([a, b, v]): Operation => ({ ck }) => {
    ck.update({ a, b: `k${b}` }, { v });
  }),
  fc.tuple(small, small).map(([a, b]): Operation => ({ ck }) => {
    ck.update({ a, b: `k${b}` }, { big: big() });
  }),
  fc.tuple(small, small, small).map(([a, b, to]): Operation => ({ ck }) => {
    ck.update({ a, b: `k${b}` }, { a: to });
  }),
  fc.tuple(small, small).map(([a, b]): Operation => ({ ck }) => {
    ck.delete({ a, b: `k${b}` });
  }),
  fc.tuple(small, small).map(([id, u]): Operation => ({ uq }) => {
    const taken = uq.all().some((row) => row.u === u);
    uq.insert({ id, u: taken ? null : u, big: big() });
  }),
  fc.tuple(small, small).map(([one, other]): Operation => (sources) => {
    exchange(sources, one, other);
  }),
  small.map((id): Operation => ({ uq }) => {
    uq.delete({ id });
  }),
  fc.tuple(small, small).map(([id, to]): Operation => ({ uq }) => {
    uq.update({ id }, { id: to });
  }),
  fc.constant<Operation>(({ ck }) => {
    ck.truncate();
  }),
);

/** Each entry is one source transaction. */
export const workload = fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 10,
});

export const operations = fc.array(operation, { maxLength: 8 });
