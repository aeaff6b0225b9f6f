/**
 * The views of schema sys as tables of every database. Needed by
 * test/conformance/sqlserver/catalogue-columns: "a view of the catalogue has the columns".
 */
import type { DatabaseInfo, SessionContext, TableInfo } from '../engine/catalog-seam.js';
import { systemType } from '../engine/types/type-names.js';
import type { MsType } from '../backend.js';

/** PostgreSQL's own types among the columns of the views; the others are domains of schema ms. */
const PLAIN: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'int',
  int8: 'bigint',
  float8: 'float',
};

interface ViewColumn {
  readonly view: string;
  readonly column_id: number;
  readonly name: string;
  readonly type: string;
}

/** A view of schema sys, in one database; `id` is the negative one that ms.find gives it. */
export async function systemView(
  context: SessionContext,
  id: number,
  database: DatabaseInfo,
): Promise<TableInfo | undefined> {
  const columns = await context.query<ViewColumn>(
    'SELECT * FROM ms.system_columns WHERE id = $1 ORDER BY column_id',
    [-id],
  );
  const [first] = columns;
  if (first === undefined) return undefined;
  const collation = 'SQL_Latin1_General_CP1_CI_AS';
  return {
    objectId: id,
    database,
    schema: 'sys',
    name: first.view,
    kind: 'system',
    pg: `(SELECT * FROM sys.${first.view} WHERE db = ${String(database.id)})`,
    columns: columns.map(({ column_id, name, type }) => ({
      id: column_id,
      name,
      pg: `"${name}"`,
      type: typeOfDomain(type, collation),
      nullable: true,
    })),
  };
}

/** `nvarchar_60`, `varbinary_85`, `bit`. */
function typeOfDomain(domain: string, collation: string): MsType {
  const [, word = domain, size] = /^(.*?)(?:_(\d+|max))?$/.exec(PLAIN[domain] ?? domain) ?? [];
  const whole = PLAIN[domain] ?? domain;
  const plain = systemType({ name: [whole], size: null, scale: null }, collation, false);
  if (plain !== undefined) return plain;
  const length = size === undefined ? null : size === 'max' ? 'max' : Number(size);
  const sized = systemType({ name: [word], size: length, scale: null }, collation, false);
  if (sized === undefined) throw new Error(`a view of schema sys has a column of type ${domain}`);
  return sized;
}
