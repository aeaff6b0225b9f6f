import type {
  Assignment,
  Cte,
  Execute,
  Manipulation,
  Output,
  PartitionRange,
  Target,
} from './ast.js';
import type { Queries } from './queries.js';

/** SELECT, INSERT, UPDATE, DELETE after an optional WITH; null where none of them begins. */
export function readManipulation(p: Queries, execute: () => Execute): Manipulation | null {
  const ctes = p.is('WITH') ? readCtes(p) : [];
  if (p.isAny('SELECT', '(')) return { kind: 'query', query: p.queryAfter(ctes) };
  if (p.take('INSERT')) return insert(p, ctes, execute);
  if (p.take('UPDATE')) return update(p, ctes);
  if (p.take('DELETE')) return remove(p, ctes);
  return ctes.length > 0 ? (p.is('MERGE') ? p.refuse('MERGE') : p.fail()) : null;
}

export function readTruncate(p: Queries): Manipulation {
  p.expect('TABLE');
  const table = p.name();
  if (!p.take('WITH')) return { kind: 'truncate', table, partitions: null };
  return p.bracketed(() => {
    p.expect('PARTITIONS');
    return { kind: 'truncate', table, partitions: p.bracketed(() => p.list(() => range(p))) };
  });
}

function range(p: Queries): PartitionRange {
  const from = p.expression();
  return { from, to: p.take('TO') ? p.expression() : null };
}

function readCtes(p: Queries): Cte[] {
  p.expect('WITH');
  if (p.isAny('CHANGE_TRACKING_CONTEXT', 'XMLNAMESPACES')) p.refuse(`WITH ${p.peek().key}`);
  return p.ctes();
}

function insert(p: Queries, ctes: readonly Cte[], execute: () => Execute): Manipulation {
  const top = p.top();
  p.take('INTO');
  const into = target(p);
  const columns = p.is('(') && !p.is('(', 'SELECT') ? p.names() : null;
  const outputs = readOutputs(p);
  return {
    kind: 'insert',
    with: ctes,
    top,
    target: into,
    columns,
    outputs,
    source: rowsOf(p, execute),
  };
}

function rowsOf(
  p: Queries,
  execute: () => Execute,
): Extract<Manipulation, { kind: 'insert' }>['source'] {
  if (p.take('DEFAULT', 'VALUES')) return { kind: 'defaultValues' };
  if (p.take('VALUES')) return { kind: 'values', rows: p.rows() };
  if (p.isAny('EXEC', 'EXECUTE')) return { kind: 'execute', execute: execute() };
  return { kind: 'query', query: p.query() };
}

function update(p: Queries, ctes: readonly Cte[]): Manipulation {
  const top = p.top();
  const what = target(p);
  p.expect('SET');
  const set = p.list(() => assignment(p));
  const outputs = readOutputs(p);
  return { kind: 'update', with: ctes, top, target: what, set, outputs, ...restOf(p) };
}

function remove(p: Queries, ctes: readonly Cte[]): Manipulation {
  const top = p.top();
  p.take('FROM');
  const what = target(p);
  const outputs = readOutputs(p);
  return { kind: 'delete', with: ctes, top, target: what, outputs, ...restOf(p) };
}

function restOf(
  p: Queries,
): Pick<Extract<Manipulation, { kind: 'delete' }>, 'from' | 'where' | 'options'> {
  const from = p.from();
  const conditional = p.take('WHERE');
  if (conditional && p.is('CURRENT', 'OF')) p.refuse('cursors');
  const where = conditional ? p.condition() : null;
  return { from, where, options: p.queryOptions() };
}

function target(p: Queries): Target {
  if (p.peek().kind === 'variable') return { kind: 'tableVariable', name: p.variable() };
  if (p.isAny('OPENQUERY', 'OPENROWSET', 'OPENDATASOURCE')) p.refuse(p.peek().key);
  const name = p.name();
  return { kind: 'table', name, hints: p.is('WITH', '(') ? p.hints() : [] };
}

function assignment(p: Queries): Assignment {
  const variable = p.peek().kind === 'variable' ? p.variable() : null;
  if (variable !== null) {
    const op = p.assignOp();
    const both = op === '=' && p.isIdentifier() && p.peek(1).key === '=';
    if (!both) return { variable, column: null, op, value: p.expression() };
  }
  const column = p.name();
  if (p.is('(')) p.refuse('methods of columns in UPDATE');
  return { variable, column, op: p.assignOp(), value: p.valueOrDefault() };
}

function readOutputs(p: Queries): Output[] {
  const outputs: Output[] = [];
  while (p.take('OUTPUT')) {
    const items = p.selectItems();
    outputs.push({ items, into: p.take('INTO') ? intoOf(p) : null });
  }
  return outputs;
}

function intoOf(p: Queries): NonNullable<Output['into']> {
  const what = target(p);
  return { target: what, columns: p.is('(') && !p.is('(', 'SELECT') ? p.names() : null };
}
