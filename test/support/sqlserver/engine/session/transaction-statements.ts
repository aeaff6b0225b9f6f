/**
 * BEGIN, COMMIT, ROLLBACK and SAVE of a transaction (test/conformance/sqlserver/transactions: "goes
 * back to a savepoint and stays open", test/conformance/sqlserver/transactions: "stays open where
 * ROLLBACK names what nobody named").
 */
import type { Control } from '../../tsql/ast.js';
import type { SessionCore } from './core.js';
import type { Scope } from './state.js';

type Statement = Extract<Control, { kind: 'begin' | 'commit' | 'rollback' | 'save' }>;

export async function runTransaction(
  { kind, name }: Statement,
  { transaction }: SessionCore,
  scope: Scope,
): Promise<void> {
  const called = named(name, scope);
  switch (kind) {
    case 'begin':
      return transaction.begin(called);
    case 'commit':
      return transaction.commit();
    case 'rollback':
      return transaction.rollback(called);
    case 'save':
      return transaction.save(called);
  }
}

/** The name may stand in a variable. */
function named(name: string | null, scope: Scope): string {
  if (name === null) return '';
  return name.startsWith('@') ? (scope.variables.get(name.toLowerCase())?.value ?? '') : name;
}
