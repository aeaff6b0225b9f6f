import type { Dialect } from '../ends.js';

export const DIALECT: Dialect = {
  begin: 'begin tran',
  prepared: null,
  savepoint: (name) => `save tran ${name}`,
  rollbackTo: (name) => `rollback tran ${name}`,
  release: () => null,
  big: (n, v) =>
    `replicate(convert(nvarchar(max), concat(${n}, N' ', ${v}, N', ')), 500 + (${v}) % 3)`,
  insertMany: (into, row, from, to) => {
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => `(${from + i})`);
    return `insert into ${into} select ${row('n.g')} from (values ${numbers.join(', ')}) as n (g)`;
  },
  large: 100,
  upsert: ({ table }, insert, where, v) => [
    `update ${table} set v = ${v}, filler = replicate(N'u', 1500) where ${where}`,
    `if not exists (select 1 from ${table} where ${where}) ${insert}`,
  ],
  reinsert: ({ table }, where, columns, values) => [
    `insert into ${table} (${columns}) select ${values} from ${table} where ${where}`,
    `delete from ${table} where ${where}`,
  ],
  truncate: (table) => `truncate table ${table}`,
  textColumn: 'nvarchar(100)',
  putAway: (table) => [
    `drop table if exists former.${table}`,
    `alter schema former transfer dbo.${table}`,
  ],
  renameColumn: (table, from, to) => `exec sp_rename N'dbo.${table}.${from}', N'${to}', N'COLUMN'`,
};
