import type { Param, ParamType } from '../param.js';

/** A request takes 2,100 parameters; the rest is for the statement's own. */
const MAX_PARAMS = 2_000;

export interface ValueColumn {
  readonly name: string;
  readonly type: ParamType;
  /** Compared with columns of that collation: two different ones would be an error. */
  readonly binary?: true;
}

/** Rows as a statement reads them: `(values (@r0c0, @r0c1), …) as alias (a, b)`. */
export interface ValueRows {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Rows for a statement, in as many parts as the server's limit on parameters asks for. */
export function valueRows(
  alias: string,
  columns: readonly ValueColumn[],
  rows: readonly (readonly Param['value'][])[],
): ValueRows[] {
  const perPart = Math.floor(MAX_PARAMS / columns.length);
  const parts: ValueRows[] = [];
  for (let from = 0; from < rows.length; from += perPart) {
    parts.push(onePart(alias, columns, rows.slice(from, from + perPart)));
  }
  return parts;
}

function onePart(
  alias: string,
  columns: readonly ValueColumn[],
  rows: readonly (readonly Param['value'][])[],
): ValueRows {
  const params: Param[] = [];
  const tuples = rows.map((row, r) => {
    const names = columns.map(({ type, binary }, c) => {
      const name = `r${String(r)}c${String(c)}`;
      params.push({ name, type, value: row[c] ?? null });
      return binary === true ? `@${name} collate Latin1_General_BIN2` : `@${name}`;
    });
    return `(${names.join(', ')})`;
  });
  const names = columns.map(({ name }) => name).join(', ');
  return { sql: `(values ${tuples.join(', ')}) as ${alias} (${names})`, params };
}
