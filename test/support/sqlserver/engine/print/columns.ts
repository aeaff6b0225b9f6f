/**
 * Which column a name means (test/conformance/sqlserver/changes: "SELECT id FROM t AS a JOIN t AS b
 * ON a.id = b.id", test/conformance/sqlserver/changes: "SELECT x.id FROM t").
 */
import { SqlError } from '../../backend.js';
import type { Name } from '../../tsql/ast.js';
import type { PrintContext, Source, SourceColumn } from './context.js';
import type { Printed } from './printed.js';

export function printColumn(name: Name, context: PrintContext): Printed {
  const found = findColumn(name, context);
  const { sql, type, nullable, identity } = found;
  return {
    sql,
    type,
    nullable,
    collating: 'implicit',
    ...(identity === true ? { identity } : {}),
  };
}

function findColumn(name: Name, context: PrintContext): SourceColumn {
  const qualifier = name.slice(0, -1);
  const column = name.at(-1)?.toLowerCase();
  for (let scope = context.scope; scope !== null; scope = scope.outer) {
    const sources = scope.sources.filter((source) => isCalled(source, qualifier));
    const found = sources.flatMap(({ columns }) =>
      columns.filter((each) => each.name.toLowerCase() === column),
    );
    if (found.length > 1) throw new SqlError(209, `Ambiguous column name '${name.join('.')}'.`);
    if (found[0] !== undefined) return found[0];
    if (qualifier.length > 0 && sources.length > 0) break;
  }
  if (qualifier.length > 0 && !isKnown(qualifier, context)) {
    throw new SqlError(4104, `The multi-part identifier "${name.join('.')}" could not be bound.`);
  }
  throw new SqlError(207, `Invalid column name '${name.at(-1) ?? ''}'.`);
}

function isKnown(qualifier: Name, context: PrintContext): boolean {
  for (let scope = context.scope; scope !== null; scope = scope.outer) {
    if (scope.sources.some((source) => isCalled(source, qualifier))) return true;
  }
  return false;
}

/** `dbo.t.c` fits a source exposed as `db.dbo.t`, `t.c` too; an alias hides the table's name. */
export function isCalled(source: Source, qualifier: Name): boolean {
  return [...qualifier].reverse().every((part, index) => {
    const own = source.exposed.at(-1 - index);
    return part === '' || own?.toLowerCase() === part.toLowerCase();
  });
}
