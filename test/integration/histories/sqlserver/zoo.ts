/** The tables of histories on a SQL Server source. */
import type { Kind, Zoo } from '../ends.js';
import { KEYS } from '../ends.js';

/** Every row knows the number of its key; two values may be left out of what the feed tells of updates. */
const COMMON = `num int, v int, filler nvarchar(1500) not null default replicate(N'f', 1500),
  big nvarchar(max) not null`;

const id = (n: string): readonly string[] => [n];

function kind(
  table: string,
  columns: string,
  more: Partial<Kind> & { before?: string; on?: string; after?: string } = {},
): Kind {
  const { before = '', on, after = '', ...rest } = more;
  const place = on === undefined ? '' : ` on ${on}`;
  const ddl = `${before} create table ${table} (${columns}, ${COMMON})${place}; ${after}`;
  return { table, ddl, keyColumns: ['id'], key: id, ...rest };
}

export const ZOO: Zoo = [
  [kind('plain', 'id int not null primary key')],
  [
    kind('composite', 'a int not null, b nvarchar(40) not null, primary key (b, a)', {
      keyColumns: ['a', 'b'],
      key: (n) => [`(${n}) % 3`, `concat(N'it''s "', ${n})`],
    }),
  ],
  [
    kind('uuids', 'id uniqueidentifier not null primary key', {
      key: (n) => [`convert(uniqueidentifier, hashbytes('MD5', concat(${n}, '')))`],
    }),
  ],
  [
    kind('decimals', 'id decimal(12, 2) not null primary key', {
      key: (n) => [`convert(decimal(12, 2), ${n})`],
    }),
  ],
  [
    kind('uniques', 'id int not null primary key, seat int unique', {
      more: { column: 'seat', value: (n) => n },
      unique: { column: 'seat', oneStatement: true },
    }),
  ],
  [
    kind('files', 'id int not null primary key, body varbinary(max)', {
      more: {
        column: 'body',
        value: (n) => `convert(varbinary(max), replicate('b', 9000 + ${n}))`,
      },
    }),
  ],
  [
    // A key is found however it is written, and is another text when it is written otherwise.
    kind('alike', 'id nvarchar(40) collate Latin1_General_CI_AS not null primary key', {
      key: (n, form) => [`concat(N'${form % 2 === 0 ? 'Key' : 'KEY'} ', ${n})`],
    }),
  ],
  [
    kind(
      'computed',
      'id int not null primary key, twice as (v * 2) persisted, head as left(big, 8)',
    ),
  ],
  [
    kind('parts', 'id int not null primary key', {
      before: `create partition function parts_by_id (int) as range right for values (8, 16);
        create partition scheme parts_on as partition parts_by_id all to ([primary]);`,
      on: 'parts_on (id)',
    }),
  ],
  [
    kind('parent', 'id int not null primary key'),
    kind(
      'child',
      `id int not null primary key,
       mother int references parent (id) on update cascade on delete cascade`,
      { more: { column: 'mother', value: (n) => `(${n}) % ${KEYS}` } },
    ),
  ],
];

/** Those whose columns another engine has as well: computed ones are left out there. */
export const ACROSS: Zoo = ZOO.filter((kinds) => kinds.every(({ table }) => table !== 'computed'));

/**
 * Captured by a DBA, by another key than the primary one: a change of that comes as an update, and
 * leaves out large values.
 */
export const BY_ANOTHER_KEY: Zoo[number] = [
  kind('renamed', 'id int not null primary key, code int not null constraint by_code unique', {
    more: { column: 'code', value: (n) => `(${n}) + 500` },
    after: `exec sys.sp_cdc_enable_db; exec sys.sp_cdc_enable_table @source_schema = N'dbo',
      @source_name = N'renamed', @role_name = null, @index_name = N'by_code'`,
  }),
];
