import type { Command, Expression, InsertBulk } from './ast.js';
import type { Queries } from './queries.js';

/** After KILL. */
export function readKill(p: Queries): Command {
  if (p.peek().kind !== 'number') p.refuse('KILL of anything but a session');
  const spid = Number(p.integer());
  if (p.is('WITH')) p.refuse('KILL … WITH');
  return { kind: 'kill', spid };
}

/** After DBCC. */
export function readDbcc(p: Queries): Command {
  const command = p.word();
  const args = p.is('(') ? p.bracketed(() => p.list(() => dbccArgument(p))) : [];
  const options = p.take('WITH') ? p.list(() => p.word()) : [];
  return { kind: 'dbcc', command, args, options };
}

function dbccArgument(p: Queries): Expression {
  return p.isIdentifier() ? { kind: 'column', name: p.name() } : p.constant();
}

/** After UPDATE STATISTICS. */
export function readUpdateStatistics(p: Queries): Command {
  const table = p.name();
  const one = p.isIdentifier() ? [p.identifier()] : [];
  const statistics = p.is('(') ? p.names() : one;
  const options = p.take('WITH') ? p.list(() => statisticsOption(p)) : [];
  return { kind: 'updateStatistics', table, statistics, options };
}

function statisticsOption(p: Queries): string {
  if (p.take('SAMPLE')) return `SAMPLE ${p.integer()} ${p.expectAny('PERCENT', 'ROWS')}`;
  return p.expectAny('FULLSCAN', 'RESAMPLE', 'NORECOMPUTE', 'ALL', 'COLUMNS', 'INDEX');
}

/** After INSERT BULK. */
export function readInsertBulk(p: Queries): InsertBulk {
  const table = p.name();
  const columns = p.bracketed(() =>
    p.list(() => {
      const name = p.identifier();
      const type = p.typeName();
      return { name, type, collation: p.take('COLLATE') ? p.identifier() : null };
    }),
  );
  const options = p.take('WITH') ? p.bracketed(() => p.list(() => bulkOption(p))) : [];
  return { kind: 'insertBulk', table, columns, options };
}

function bulkOption(p: Queries): string {
  const name = p.word();
  if (p.take('=')) return `${name} = ${p.integer()}`;
  if (name !== 'ORDER') return name;
  const order = p.bracketed(() =>
    p.list(() => `${p.identifier()} ${p.takeAny('ASC', 'DESC') ?? 'ASC'}`),
  );
  return `ORDER (${order.join(', ')})`;
}
