import type { MsCheck } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { constraintExists, repeatable } from './statement.js';

/**
 * Checks as they are on the source: a trusted one is proved for every row (SWITCH asks for that,
 * test/conformance/sqlserver/partitions: "is refused without a CHECK that proves the range", and so
 * does the optimiser), one that was never proved is not, and a disabled one stays disabled.
 */
export function checkStatements(placement: Placement): Statement[] {
  return placement.table.parts.checks.flatMap((check) => {
    const { definition } = check;
    return definition === null ? [] : checkStatement(check, definition, placement);
  });
}

function checkStatement(check: MsCheck, definition: string, placement: Placement): Statement[] {
  const name = placement.nameOf(check.name);
  const mode = check.disabled || check.notTrusted ? 'NOCHECK' : 'CHECK';
  const replication = check.notForReplication ? ' NOT FOR REPLICATION' : '';
  const add = {
    what: `check ${name}`,
    sql: `ALTER TABLE ${placement.quoted} WITH ${mode} ADD CONSTRAINT ${quoteIdent(name)} CHECK${replication} ${definition}`,
    done: constraintExists(placement.place, name),
  };
  if (!check.disabled) return [add];
  const sql = `ALTER TABLE ${placement.quoted} NOCHECK CONSTRAINT ${quoteIdent(name)}`;
  return [add, repeatable(`disabled check ${name}`, sql)];
}
