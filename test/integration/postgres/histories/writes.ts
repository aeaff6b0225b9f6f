/** The SQL of a write. What a table or an open transaction refuses does not happen. */
import type { Write } from './history.js';
import type { Kind } from './zoo.js';
import { FIRST_ROWS, KEYS } from './zoo.js';

/** Numbers that keys have for a moment, and numbers of the rows of a large transaction. */
const AWAY = 1000;
const LARGE = 10_000;

export function create(kind: Kind): string {
  return `${kind.ddl}; ${insertMany(kind, 0, FIRST_ROWS - 1, 'g')}`;
}

export function statementsOf(kind: Kind, write: Write): readonly string[] {
  const { what, a, b, c } = write;
  const { table } = kind;
  const is = (n: number): string => where(kind, n);
  switch (what) {
    case 'insert':
      return [insert(kind, a, b, c)];
    case 'upsert':
      return [
        `${insert(kind, a, b, c)} on conflict (${kind.keyColumns.join(', ')})
           do update set v = excluded.v, filler = repeat('u', 1500)`,
      ];
    case 'update':
      return [`update ${table} set v = ${b * 100 + c} where ${is(a)}`];
    case 'updateBig':
      return [`update ${table} set big = ${big(String(a), b)} where ${is(a)}`];
    case 'updateAll':
      return [`update ${table} set v = coalesce(v, 0) + 1`];
    case 'delete':
      return [`delete from ${table} where ${is(a)}`];
    case 'reinsert':
      return [reinsert(kind, a, b)];
    case 'replace':
      return [`delete from ${table} where ${is(a)}`, insert(kind, a, b, c)];
    case 'swapUnique':
      return swapUnique(kind, a, b);
    case 'large':
      return [insertMany(kind, LARGE, LARGE + 20 + a * b * 5, String(c))];
    case 'noLarge':
      return [`delete from ${table} where num >= ${LARGE}`];
    default:
      return moves(kind, write);
  }
}

/** Rows that get another key and keep their values. */
function moves(kind: Kind, { what, a, b, c }: Write): readonly string[] {
  const { table } = kind;
  switch (what) {
    case 'swap':
      return [move(kind, a, AWAY), move(kind, b, a), move(kind, AWAY, b)];
    case 'rotate':
      return [move(kind, a, AWAY), move(kind, b, a), move(kind, c, b), move(kind, AWAY, c)];
    case 'takeOver':
      return [`delete from ${table} where ${where(kind, b)}`, move(kind, a, b)];
    case 'leaveAndFill':
      return [
        move(kind, a, b),
        insert(kind, a, b, c),
        `update ${table} set v = ${c} where ${where(kind, b)}`,
      ];
    case 'shift':
      return [shift(kind, `num + ${AWAY}`), shift(kind, `num - ${AWAY - 1}`)];
    default:
      return [move(kind, a, b, c)];
  }
}

export function alter({ table }: Kind, what: 'add' | 'drop' | 'rename'): readonly string[] {
  switch (what) {
    case 'add':
      return [
        `alter table ${table} add column x1 text`,
        `update ${table} set x1 = 'x' || coalesce(v, 0)`,
      ];
    case 'drop':
      return [`alter table ${table} drop column x1`];
    case 'rename':
      return [`alter table ${table} rename column x1 to x2`];
  }
}

function insert(kind: Kind, n: number, seed: number, form: number): string {
  return `insert into ${kind.table} (${columns(kind)}) values (${values(kind, String(n), seed, form)})`;
}

function insertMany(kind: Kind, from: number, to: number, v: string): string {
  return `insert into ${kind.table} (${columns(kind)})
    select ${values(kind, 'g', v, 0)} from generate_series(${from}, ${to}) g`;
}

function columns({ keyColumns, more }: Kind): string {
  return [...keyColumns, ...(more === undefined ? [] : [more.column]), 'num', 'v', 'big'].join(
    ', ',
  );
}

function values({ key, more }: Kind, n: string, v: number | string, form: number): string {
  const own = [...key(n, form), ...(more === undefined ? [] : [more.value(n)])];
  return [...own, n, v, big(n, v)].join(', ');
}

function big(n: string, v: number | string): string {
  return `repeat(md5(concat(${n}, ' ', ${v})), 80 + (${v}) % 3)`;
}

function where(kind: Kind, n: number): string {
  const key = kind.key(String(n), 0);
  return kind.keyColumns.map((column, i) => `${column} = ${key[i] ?? ''}`).join(' and ');
}

function move(kind: Kind, from: number, to: number, form = 0): string {
  return `update ${kind.table} set ${newKey(kind, String(to), form)} where ${where(kind, from)}`;
}

function shift(kind: Kind, to: string): string {
  return `update ${kind.table} set ${newKey(kind, to, 0)} where num < ${LARGE}`;
}

function newKey(kind: Kind, to: string, form: number): string {
  const key = kind.key(to, form);
  const set = kind.keyColumns.map((column, i) => `${column} = ${key[i] ?? ''}`);
  return [...set, `num = ${to}`].join(', ');
}

/** The same values under another key, as applications move rows; the value stored apart too. */
function reinsert(kind: Kind, from: number, to: number): string {
  const others = [...(kind.more === undefined ? [] : [kind.more.column]), 'v', 'filler', 'big'];
  return `with gone as (delete from ${kind.table} where ${where(kind, from)} returning *)
    insert into ${kind.table} (${[...kind.keyColumns, 'num', ...others].join(', ')})
    select ${[...kind.key(String(to), 1), String(to), ...others].join(', ')} from gone`;
}

function swapUnique(kind: Kind, a: number, b: number): readonly string[] {
  const { table, unique } = kind;
  if (unique === undefined) return [`update ${table} set v = null where ${where(kind, a)}`];
  const { column } = unique;
  const of = (n: number): string => `(select ${column} from ${table} where ${where(kind, n)})`;
  if (unique.oneStatement) {
    return [
      `update ${table} set ${column} = case when ${where(kind, a)} then ${of(b)} else ${of(a)} end
        where (${where(kind, a)} or ${where(kind, b)})
          and ${of(a)} is not null and ${of(b)} is not null`,
    ];
  }
  return [
    `update ${table} set ${column} = -1 - ${column} where ${where(kind, a)}`,
    `update ${table} set ${column} = -1 - ${of(a)}, v = 7 where ${where(kind, b)}`,
    `update ${table} set ${column} = (select s from generate_series(0, ${KEYS * 2}) s
       where s not in (select ${column} from ${table} where ${column} is not null)
       order by s desc limit 1) where ${where(kind, a)}`,
  ];
}
