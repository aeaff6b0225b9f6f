import type { PartitionDefinition } from './ast.js';
import { spaceName } from './options.js';
import type { Queries } from './queries.js';

/** After CREATE PARTITION. */
export function readCreatePartition(p: Queries): PartitionDefinition {
  if (p.take('FUNCTION')) {
    const name = p.identifier();
    const type = p.bracketed(() => p.typeName());
    p.expect('AS', 'RANGE');
    const right = p.takeAny('LEFT', 'RIGHT') === 'RIGHT';
    p.expect('FOR', 'VALUES');
    const values = p.args();
    return { kind: 'createPartitionFunction', name, type, right, values };
  }
  p.expect('SCHEME');
  const name = p.identifier();
  p.expect('AS', 'PARTITION');
  const of = p.identifier();
  const all = p.take('ALL');
  p.expect('TO');
  const filegroups = p.bracketed(() => p.list(() => spaceName(p)));
  return { kind: 'createPartitionScheme', name, function: of, all, filegroups };
}

/** After ALTER PARTITION. */
export function readAlterPartition(p: Queries): PartitionDefinition {
  if (p.take('SCHEME')) {
    const name = p.identifier();
    p.expect('NEXT', 'USED');
    const nextUsed = p.is('PRIMARY') || p.isIdentifier() ? spaceName(p) : null;
    return { kind: 'alterPartitionScheme', name, nextUsed };
  }
  p.expect('FUNCTION');
  const name = p.identifier();
  p.expect('(', ')');
  const action = p.expectAny('SPLIT', 'MERGE') === 'SPLIT' ? 'split' : 'merge';
  p.expect('RANGE');
  const value = p.bracketed(() => p.expression());
  return { kind: 'alterPartitionFunction', name, action, value };
}
