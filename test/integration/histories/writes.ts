/** The SQL of a write. What a table or an open transaction refuses does not happen. */
import type { Dialect, Kind } from './ends.js';
import { FIRST_ROWS, KEYS } from './ends.js';
import type { Alteration, Write } from './history.js';

/** Numbers that keys have for a moment, and numbers of the rows of a large transaction. */
const AWAY = 1000;
const LARGE = 10_000;

/** The rows that a table has from the beginning. */
export function firstRows(sql: Dialect, kind: Kind): string {
  return insertMany(sql, kind, 0, FIRST_ROWS - 1, null);
}

export function statementsOf(sql: Dialect, kind: Kind, write: Write): readonly string[] {
  const { what, a, b, c } = write;
  const { table } = kind;
  const is = (n: number): string => where(kind, n);
  switch (what) {
    case 'insert':
      return [insert(sql, kind, a, b, c)];
    case 'upsert':
      return sql.upsert(kind, insert(sql, kind, a, b, c), is(a), String(b));
    case 'update':
      return [`update ${table} set v = ${b * 100 + c} where ${is(a)}`];
    case 'updateBig':
      return [`update ${table} set big = ${sql.big(String(a), String(b))} where ${is(a)}`];
    case 'updateAll':
      return [`update ${table} set v = coalesce(v, 0) + 1`];
    case 'delete':
      return [`delete from ${table} where ${is(a)}`];
    case 'reinsert':
      return reinsert(sql, kind, a, b);
    case 'replace':
      return [`delete from ${table} where ${is(a)}`, insert(sql, kind, a, b, c)];
    case 'swapUnique':
      return swapUnique(kind, a, b);
    case 'large':
      return [insertMany(sql, kind, LARGE, LARGE + Math.min(20 + a * b * 5, sql.large), String(c))];
    case 'noLarge':
      return [`delete from ${table} where num >= ${LARGE}`];
    default:
      return moves(sql, kind, write);
  }
}

/** Rows that get another key and keep their values. */
function moves(sql: Dialect, kind: Kind, { what, a, b, c }: Write): readonly string[] {
  const { table } = kind;
  switch (what) {
    case 'swap':
      if (kind.deferrable === true) {
        const other = `case num when ${a} then ${b} else ${a} end`;
        return [`update ${table} set id = ${other}, num = ${other} where num in (${a}, ${b})`];
      }
      return [move(kind, a, AWAY), move(kind, b, a), move(kind, AWAY, b)];
    case 'rotate':
      return [move(kind, a, AWAY), move(kind, b, a), move(kind, c, b), move(kind, AWAY, c)];
    case 'takeOver':
      return [`delete from ${table} where ${where(kind, b)}`, move(kind, a, b)];
    case 'leaveAndFill':
      return [
        move(kind, a, b),
        insert(sql, kind, a, b, c),
        `update ${table} set v = ${c} where ${where(kind, b)}`,
      ];
    case 'shift':
      return [shift(kind, `num + ${AWAY}`), shift(kind, `num - ${AWAY - 1}`)];
    default:
      return [move(kind, a, b, c)];
  }
}

export function alter(sql: Dialect, kind: Kind, what: Alteration): readonly string[] {
  const { table } = kind;
  switch (what) {
    case 'add':
      return [
        `alter table ${table} add x1 ${sql.textColumn}`,
        `update ${table} set x1 = concat('x', v)`,
      ];
    case 'drop':
      return [`alter table ${table} drop column x1`];
    case 'rename':
      return [sql.renameColumn(table, 'x1', 'x2')];
    case 'remake':
      return [`drop table ${table}`, kind.ddl, firstRows(sql, kind)];
    case 'replace':
      return [...sql.putAway(table), kind.ddl, firstRows(sql, kind)];
  }
}

function insert(sql: Dialect, kind: Kind, n: number, seed: number, form: number): string {
  const row = values(sql, kind, String(n), String(seed), form);
  return `insert into ${kind.table} (${columns(kind)}) values (${row})`;
}

/** `v` null: each row has its own number. */
function insertMany(sql: Dialect, kind: Kind, from: number, to: number, v: string | null): string {
  const into = `${kind.table} (${columns(kind)})`;
  return sql.insertMany(into, (g) => values(sql, kind, g, v ?? g, 0), from, to);
}

function columns({ keyColumns, more }: Kind): string {
  return [...keyColumns, ...(more === undefined ? [] : [more.column]), 'num', 'v', 'big'].join(
    ', ',
  );
}

function values(sql: Dialect, { key, more }: Kind, n: string, v: string, form: number): string {
  const own = [...key(n, form), ...(more === undefined ? [] : [more.value(n)])];
  return [...own, n, v, sql.big(n, v)].join(', ');
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

function reinsert(sql: Dialect, kind: Kind, from: number, to: number): readonly string[] {
  const others = [...(kind.more === undefined ? [] : [kind.more.column]), 'v', 'filler', 'big'];
  const into = [...kind.keyColumns, 'num', ...others].join(', ');
  const row = [...kind.key(String(to), 1), String(to), ...others].join(', ');
  return sql.reinsert(kind, where(kind, from), into, row);
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
    `update ${table} set ${column} = ${free(table, column)} where ${where(kind, a)}`,
  ];
}

/** A value that no row has. */
function free(table: string, column: string): string {
  return `(select max(s) from (select ${KEYS * 2} as s union select ${column} - 1 from ${table}) f
    where s >= 0 and s not in (select ${column} from ${table} where ${column} is not null))`;
}
