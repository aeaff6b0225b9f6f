import type { Dialect } from '../ends.js';

export const DIALECT: Dialect = {
  begin: 'begin',
  prepared: {
    begin: (name) => `prepare transaction '${name}'`,
    end: (how, name) => `${how} prepared '${name}'`,
  },
  savepoint: (name) => `savepoint ${name}`,
  rollbackTo: (name) => `rollback to savepoint ${name}`,
  release: (name) => `release savepoint ${name}`,
  big: (n, v) => `repeat(md5(concat(${n}, ' ', ${v})), 80 + (${v}) % 3)`,
  insertMany: (into, row, from, to) =>
    `insert into ${into} select ${row('g')} from generate_series(${from}, ${to}) g`,
  large: 2_700,
  upsert: ({ keyColumns }, insert) => [
    `${insert} on conflict (${keyColumns.join(', ')})
       do update set v = excluded.v, filler = repeat('u', 1500)`,
  ],
  reinsert: ({ table }, where, columns, values) => [
    `with gone as (delete from ${table} where ${where} returning *)
     insert into ${table} (${columns}) select ${values} from gone`,
  ],
  truncate: (table) => `truncate ${table} cascade`,
  textColumn: 'text',
  putAway: (table) => [
    `drop table if exists former.${table}`,
    'create schema if not exists former',
    `alter table ${table} set schema former`,
  ],
  renameColumn: (table, from, to) => `alter table ${table} rename column ${from} to ${to}`,
};
