/**
 * 1934: what a filtered index and one on a computed column ask of the sessions that write
 * (test/conformance/sqlserver/set-options: "OFF refuses to write a table with a filtered index
 * (1934)").
 */
import { SqlError } from '../../backend.js';
import type { SessionCore } from './core.js';
import type { Plan, Planned } from './plan.js';

export async function refuseWrongOptions(
  kind: Planned['kind'],
  { uses }: Plan,
  { state, context }: SessionCore,
): Promise<void> {
  if (kind === 'query') return;
  const { ansiNulls, quotedIdentifier } = state.options;
  if (ansiNulls && quotedIdentifier) return;
  const written = uses.find(({ right }) => right === kind.toUpperCase())?.table;
  if (written === undefined) return;
  const found = await context.query<object>(
    `SELECT FROM ms.indexes AS i WHERE i.object_id = $1 AND NOT i.disabled AND (i.filter IS NOT NULL
       OR EXISTS (SELECT FROM ms.index_columns AS k JOIN ms.columns AS c
         ON c.object_id = k.object_id AND c.id = k.column_id
         WHERE k.object_id = i.object_id AND k.index_id = i.id AND c.computed IS NOT NULL))`,
    [written.objectId],
  );
  if (found.length === 0) return;
  const wrong = [
    ...(ansiNulls ? [] : ['ANSI_NULLS']),
    ...(quotedIdentifier ? [] : ['QUOTED_IDENTIFIER']),
  ].join(', ');
  throw new SqlError(
    1934,
    `${kind.toUpperCase()} failed because the following SET options have incorrect settings: '${wrong}'. Verify that SET options are correct for use with indexed views and/or indexes on computed columns and/or filtered indexes and/or query notifications and/or XML data type methods and/or spatial index operations.`,
  );
}
