/** The tables of histories on a PostgreSQL source. */
import type { Kind, Zoo } from '../ends.js';
import { KEYS } from '../ends.js';

/**
 * Every row knows the number of its key. Some rows fill a page, and a value is stored apart, which
 * the log leaves out of updates.
 */
const COMMON = `num int, v int, filler text not null default repeat('f', 1500), big text not null`;
const STORED = (table: string): string => `
  alter table ${table} alter filler set storage plain;
  alter table ${table} alter big set storage external;`;

const id = (n: string): readonly string[] => [n];

function kind(table: string, columns: string, more: Partial<Kind> & { after?: string } = {}): Kind {
  const { after = '', ...rest } = more;
  const ddl = `create table ${table} (${columns}, ${COMMON}); ${STORED(table)} ${after}`;
  return { table, ddl, keyColumns: ['id'], key: id, ...rest };
}

const PARENT = kind('parent', 'id int primary key');

export const ZOO: Zoo = [
  [kind('plain', 'id int primary key')],
  [
    kind('composite', 'a int, b text, primary key (b, a)', {
      keyColumns: ['a', 'b'],
      key: (n) => [`(${n}) % 3`, `'it''s "' || (${n})`],
    }),
  ],
  [kind('uuids', 'id uuid primary key', { key: (n) => [`md5((${n})::text)::uuid`] })],
  [
    // Equal keys that are written differently are one key.
    kind('numerics', 'id numeric primary key', {
      key: (n, form) => [`round(${n}, ${form % 3})`],
    }),
  ],
  [
    kind('uniques', 'id int primary key, seat int unique', {
      more: { column: 'seat', value: (n) => n },
      unique: { column: 'seat', oneStatement: false },
    }),
  ],
  [
    kind('deferred', 'id int primary key, seat int unique deferrable', {
      more: { column: 'seat', value: (n) => n },
      unique: { column: 'seat', oneStatement: true },
    }),
  ],
  [
    kind(
      'computed',
      `id int primary key, twice int generated always as (v * 2) stored,
       head text generated always as (left(big, 8)) stored`,
    ),
  ],
  [
    kind('whole', 'id int primary key', {
      after: 'alter table whole replica identity full',
      settings: { key: ['id'], mode: 'cdc' },
    }),
  ],
  [
    // Inside a transaction two rows may have one key.
    kind('late', 'id int primary key deferrable initially deferred', {
      after: 'alter table late replica identity full',
      settings: { key: ['id'], mode: 'cdc' },
      deferrable: true,
    }),
  ],
  [
    kind('by_index', 'id int not null, code int primary key', {
      more: { column: 'code', value: (n) => `(${n}) + 500` },
      after: `create unique index by_id on by_index (id);
              alter table by_index replica identity using index by_id`,
      unique: { column: 'code', oneStatement: false },
    }),
  ],
  [
    {
      ...kind('parts', ''),
      ddl: `create table parts (id int primary key, ${COMMON}) partition by range (id);
        create table parts_1 partition of parts for values from (minvalue) to (8);
        create table parts_2 partition of parts for values from (8) to (16);
        create table parts_3 partition of parts default;
        ${[1, 2, 3].map((n) => STORED(`parts_${n}`)).join('')}`,
    },
  ],
  [
    PARENT,
    kind(
      'child',
      'id int primary key, of int references parent on update cascade on delete cascade',
      { more: { column: 'of', value: (n) => `(${n}) % ${KEYS}` } },
    ),
  ],
];

/** Those whose types and columns another engine has as well. */
export const ACROSS: Zoo = ZOO.filter((kinds) =>
  kinds.every(({ table }) => !['numerics', 'computed'].includes(table)),
);
