import { notModelled } from '../not-modelled.js';
import type { OpenJson } from '../../tsql/ast.js';
import { systemType, unknownType } from '../types/type-names.js';
import { nvarchar } from '../types/ms-types.js';
import type { PrintContext } from './context.js';
import { CAST, convert } from './convert.js';
import { printExpression } from './expression.js';
import { quote } from './literal.js';
import type { PrintedSource } from './sources.js';

/** OPENJSON … WITH: an array of objects as rows of typed columns. */
export function printOpenJson(source: OpenJson, context: PrintContext): PrintedSource {
  if (source.columns === null || source.path !== null) {
    throw notModelled('OPENJSON without WITH, or with a path');
  }
  const { collation } = context.statement.database;
  const json = convert(printExpression(source.json, context), nvarchar('max', collation));
  const [row, pg] = [context.statement.alias(), context.statement.alias()];
  const columns = source.columns.map((column, at) => {
    const type = systemType(column.type, collation, true);
    if (type === undefined) throw unknownType(column.type);
    const path = column.path ?? `$.${column.name}`;
    const member = /^\$\.(?:"([^"]+)"|([\w@#$]+))$/.exec(path);
    if (member === null || column.asJson) throw notModelled(`OPENJSON path ${path}`);
    const text = `(${row}.value->>${quote(member[1] ?? member[2] ?? '')})::bpchar`;
    const from = { sql: text, type: nvarchar('max', collation), nullable: true };
    const sql = convert(from, type, CAST).sql;
    return {
      name: column.name,
      type,
      nullable: true,
      item: `${sql} AS c${String(at + 1)}`,
      sql: `${pg}.c${String(at + 1)}`,
    };
  });
  const items = columns.map(({ item }) => item).join(', ');
  const rows = `jsonb_array_elements(ss.t(${json.sql})::jsonb)`;
  return {
    sql: `(SELECT ${items} FROM ${rows} WITH ORDINALITY AS ${row}(value, n) ORDER BY n) AS ${pg}`,
    sources: [{ exposed: [source.alias ?? ''], columns }],
    rowLocks: [],
  };
}
