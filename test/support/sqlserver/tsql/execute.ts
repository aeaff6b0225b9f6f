import type { Argument, Command, Execute, Expression } from './ast.js';
import { notModelled } from './cursor.js';
import type { Queries } from './queries.js';

/** EXEC procedure … or EXEC ('text'); the word EXEC is taken already. */
export function readExecute(p: Queries): Command {
  if (p.is('AS')) p.refuse('EXECUTE AS');
  if (!p.is('(')) return readCall(p);
  const text = p.bracketed(() => p.expression());
  if (p.is('AT') || p.is('AS')) p.refuse('EXEC (…) AT and AS');
  return { kind: 'executeText', text };
}

/** A call of a procedure, also without EXEC at the start of a batch. */
export function readCall(p: Queries): Execute {
  const result = p.peek().kind === 'variable' ? p.variable() : null;
  if (result !== null && !p.take('=')) p.refuse('a procedure named by a variable');
  const procedure = p.name();
  const args = startsArgument(p) ? p.list(() => argument(p)) : [];
  if (p.is('WITH')) p.refuse('EXEC … WITH');
  return { kind: 'execute', result, procedure, args };
}

/** INSERT … EXEC takes procedures only. */
export function readInsertedCall(p: Queries): Execute {
  const { line } = p.next();
  const command = readExecute(p);
  if (command.kind !== 'execute') throw notModelled('INSERT … EXEC (text)', line);
  return command;
}

function startsArgument(p: Queries): boolean {
  switch (p.peek().kind) {
    case 'variable':
    case 'global':
    case 'string':
    case 'number':
    case 'binary':
    case 'quoted':
      return true;
    case 'word':
      return p.is('NULL') || p.is('DEFAULT') || p.isIdentifier();
    case 'symbol':
      return p.isAny('-', '+');
    case 'end':
      return false;
  }
}

function argument(p: Queries): Argument {
  const named = p.peek().kind === 'variable' && p.peek(1).key === '=';
  const name = named ? p.variable() : null;
  if (named) p.expect('=');
  const value = argumentValue(p);
  const output = p.takeAny('OUTPUT', 'OUT') !== null;
  return { name, value, output };
}

/** Constants and variables only; a bare word is a string. */
function argumentValue(p: Queries): Expression {
  if (p.take('DEFAULT')) return { kind: 'default' };
  if (p.is('NULL')) return p.constant();
  if (!p.isIdentifier()) return p.constant();
  return { kind: 'string', value: p.name().join('.'), unicode: true };
}
