/**
 * What names what. Needed by test/conformance/sqlserver/catalogue-meaning: "are found by what they
 * use" and test/conformance/sqlserver/definitions: "is not dropped: a table by a foreign key
 * (3726), by a bound view".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Name } from '../../tsql/ast.js';
import { findId } from '../lookup.js';
import { namesIn } from './module-names.js';

/** Rows of sys.sql_expression_dependencies: those of the names that are objects. */
export async function writeDependencies(
  context: SessionContext,
  id: number,
  names: readonly Name[],
): Promise<void> {
  await context.query('DELETE FROM ms.dependencies WHERE referencing = $1', [id]);
  for (const name of names) {
    const referenced = await findId(context, name);
    if (referenced === null || referenced < 0 || referenced === id) continue;
    await context.query('INSERT INTO ms.dependencies VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      id,
      referenced,
    ]);
  }
}

/** Sequences and functions that an expression names, always with their schema; the rest are columns. */
export async function expressionDependencies(
  context: SessionContext,
  id: number,
  definition: string,
): Promise<void> {
  const names = namesIn(definition).filter(({ length }) => length > 1);
  if (names.length > 0) await writeDependencies(context, id, names);
}
