import { typeText } from '../catalog/type-text.js';
import type { TargetColumn, TargetTable } from '../apply/target-table.js';
import { isLooselyEqual, sameForm, sameText } from '../full-sync/compare-sql.js';
import { allowIdentity } from '../full-sync/sql/merge-sql.js';

/** Rows of a page in the table's own types, before they meet it. */
export const PAGE_TABLE = '[#sluice_page]';

const COUNT = 'select @@rowcount as n';

export interface UpsertSql {
  readonly create: string;
  /** Null without a column that marks deleted rows. */
  readonly removeMarked: string | null;
  readonly forgetMarked: string | null;
  /** Rows whose identity value changed; null where none can have. */
  readonly countRenumbered: string | null;
  readonly removeRenumbered: string | null;
  /** Null where no column may be set. */
  readonly update: string | null;
  readonly insert: string;
}

/**
 * Statements that bring a page into the live table. Keys are matched as the live table compares
 * them, all else to the last bit. Nobody else writes, so a look for the key is enough.
 *
 * @param exact the source tells keys apart that the table takes for equal: such rows are not the
 * same, and the unique index of the key refuses the second
 */
export function upsertSql(
  live: TargetTable,
  columns: readonly TargetColumn[],
  key: readonly string[],
  softDelete: TargetColumn | null,
  exact = false,
): UpsertSql {
  const isKey = (column: TargetColumn) => key.includes(column.name);
  const on = columns
    .filter(isKey)
    .flatMap((column) => keyConditions(column, exact))
    .join(' and ');
  const joined = `from ${live.sql} l join ${PAGE_TABLE} s on ${on}`;
  // A key that is equal to the table may be written in another way: case, blanks, an offset.
  const set = columns.filter(
    (column) => !column.identity && (!isKey(column) || isLooselyEqual(column)),
  );
  const form = (alias: string) =>
    columns.map((column) => sameForm(column, `${alias}.${column.sql}`)).join(', ');
  const names = columns.map(({ sql }) => sql).join(', ');
  const insert = `
insert into ${live.sql} (${names})
select ${columns.map(({ sql }) => `s.${sql}`).join(', ')}
  from ${PAGE_TABLE} s
 where not exists (select 1 from ${live.sql} l where ${on});
${COUNT};`;
  const marked = softDelete === null ? null : isMarked('s', softDelete);
  return {
    create: createSql(columns),
    removeMarked: marked === null ? null : `delete l ${joined} where ${marked};\n${COUNT}`,
    forgetMarked: marked === null ? null : `delete s from ${PAGE_TABLE} s where ${marked}`,
    ...renumberedSql(joined, columns, key),
    update:
      set.length === 0
        ? null
        : `
update l
   set ${set.map(({ sql }) => `${sql} = s.${sql}`).join(',\n       ')}
  ${joined}
 where exists (select ${form('l')} except select ${form('s')});
${COUNT}`,
    insert: allowIdentity(live.sql, columns, insert),
  };
}

function keyConditions(column: TargetColumn, exact: boolean): string[] {
  const [live, staged] = [`l.${column.sql}`, `s.${column.sql}`];
  const same = exact ? sameText(column, live, staged) : null;
  return [`${live} = ${staged}`, ...(same === null ? [] : [same])];
}

function createSql(columns: readonly TargetColumn[]): string {
  const list = columns.map(({ sql, type, collation }) => {
    const collate = collation === null ? '' : ` collate ${collation}`;
    return `${sql} ${typeText(type)}${collate} null`;
  });
  return `drop table if exists ${PAGE_TABLE};\ncreate table ${PAGE_TABLE} (${list.join(', ')})`;
}

/** No UPDATE can set an identity column: such rows go and come back. */
function renumberedSql(
  joined: string,
  columns: readonly TargetColumn[],
  key: readonly string[],
): Pick<UpsertSql, 'countRenumbered' | 'removeRenumbered'> {
  const numbers = columns.filter((column) => column.identity && !key.includes(column.name));
  if (numbers.length === 0) return { countRenumbered: null, removeRenumbered: null };
  const rows = `${joined} where ${numbers.map(({ sql }) => `l.${sql} <> s.${sql}`).join(' or ')}`;
  return { countRenumbered: `select count(*) as n ${rows}`, removeRenumbered: `delete l ${rows}` };
}

const NUMBERS: ReadonlySet<string> = new Set([
  ...['bit', 'tinyint', 'smallint', 'int', 'bigint'],
  ...['decimal', 'numeric', 'money', 'smallmoney', 'float', 'real'],
]);

/** True, a number other than 0, or, for other types, anything but NULL. */
export function isMarked(alias: string, column: TargetColumn): string {
  const value = `${alias}.${column.sql}`;
  return NUMBERS.has(column.type.name) ? `${value} <> 0` : `${value} is not null`;
}
