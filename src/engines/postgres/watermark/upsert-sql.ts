import { quoteIdent } from '../sql/quote.js';
import type { TargetColumn, TargetTable } from '../apply/target-table.js';

export interface UpsertSql {
  readonly create: string;
  readonly update: string | null;
  /** In place of the update, where the server refuses to set a column or rows exchange values. */
  readonly removeChanged: string;
  readonly insert: string;
  /** Null without a column that marks deleted rows. */
  readonly removeMarked: string | null;
  readonly forgetMarked: string | null;
  readonly drop: string;
}

/** No table of a source has a name with a blank in front. */
const INCOMING = `pg_temp.${quoteIdent(' incoming')}`;

/** Where COPY puts the rows before they meet the table. */
export const INCOMING_NAME = { schema: 'pg_temp', name: ' incoming' };

/**
 * Statements that bring the incoming rows into the live table. Rows are compared by their stored
 * image (`*<>`), as a merge does it: a type need not have an equality. Nobody else writes, so a
 * look for the key is enough, and the key needs no unique index. The key is set as well: what the
 * server calls equal may be written differently.
 */
export function upsertSql(
  live: TargetTable,
  columns: readonly string[],
  key: readonly string[],
  softDelete: TargetColumn | null,
): UpsertSql {
  const names = columns.map(quoteIdent);
  const equals = new Map(live.columns.map((column) => [column.name, column.equals]));
  const onKey = key
    .map((name) => `l.${quoteIdent(name)} ${equals.get(name) ?? '='} s.${quoteIdent(name)}`)
    .join(' and ');
  const image = (alias: string) =>
    `row(${names.map((name) => `${alias}.${name}`).join(', ')})::record`;
  const differs = `${image('l')} *<> ${image('s')}`;
  const isKey = new Set(key);
  const always = new Set(live.columns.filter((column) => column.always).map(({ name }) => name));
  const set = columns.filter((name) => !(always.has(name) && isKey.has(name)));
  const settable = set.length > 0 && set.every((name) => !always.has(name));
  const assign = set.map((name) => `${quoteIdent(name)} = s.${quoteIdent(name)}`).join(', ');
  return {
    create: `
create temporary table ${INCOMING} on commit drop as
select ${names.join(', ')} from ${live.own} with no data`,
    update: settable
      ? `update ${live.own} l set ${assign} from ${INCOMING} s where ${onKey} and ${differs}`
      : null,
    removeChanged: `delete from ${live.own} l using ${INCOMING} s where ${onKey} and ${differs}`,
    insert: `
insert into ${live.sql} (${names.join(', ')})
overriding system value
select ${names.map((name) => `s.${name}`).join(', ')}
  from ${INCOMING} s
 where not exists (select from ${live.own} l where ${onKey})`,
    removeMarked:
      softDelete === null
        ? null
        : `delete from ${live.own} l using ${INCOMING} s where ${onKey} and ${isMarked('s', softDelete)}`,
    forgetMarked:
      softDelete === null ? null : `delete from ${INCOMING} s where ${isMarked('s', softDelete)}`,
    drop: `drop table ${INCOMING}`,
  };
}

const NUMBERS = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);

/** True, a number other than 0, or, for other types, anything but NULL. */
export function isMarked(alias: string, column: TargetColumn): string {
  const value = `${alias}.${column.sql}`;
  const type = /^"pg_catalog"\."(.+)"$/.exec(column.type.sql)?.[1] ?? '';
  if (type === 'bool') return `coalesce(${value}, false)`;
  if (NUMBERS.has(type)) return `coalesce(${value} <> 0, false)`;
  return `${value} is not null`;
}
