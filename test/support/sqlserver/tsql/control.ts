import type { Control, Statement, VariableDeclaration } from './ast.js';
import { readElement } from './elements.js';
import type { Queries } from './queries.js';

/** BEGIN, COMMIT, ROLLBACK and SAVE of transactions; BEGIN alone opens a block. */
export function startsTransaction(p: Queries): boolean {
  if (p.is('BEGIN', 'DISTRIBUTED')) p.refuse('BEGIN DISTRIBUTED');
  const opens = p.is('BEGIN') && ['TRAN', 'TRANSACTION'].includes(p.peek(1).key);
  return opens || p.isAny('COMMIT', 'ROLLBACK', 'SAVE');
}

export function readTransaction(p: Queries): Control {
  const verb = p.expectAny('BEGIN', 'COMMIT', 'ROLLBACK', 'SAVE');
  const named = p.takeAny('TRAN', 'TRANSACTION') !== null;
  if (!named) p.take('WORK');
  const { kind } = p.peek();
  const name = named && (p.isIdentifier() || kind === 'variable') ? p.next().text : null;
  if (p.is('WITH') && verb === 'BEGIN') p.refuse('BEGIN TRANSACTION WITH MARK');
  if (p.take('WITH')) {
    p.expect('(', 'DELAYED_DURABILITY', '=');
    p.onOff();
    p.expect(')');
  }
  switch (verb) {
    case 'BEGIN':
      return { kind: 'begin', name };
    case 'COMMIT':
      return { kind: 'commit', name };
    case 'ROLLBACK':
      return { kind: 'rollback', name };
    case 'SAVE':
      return { kind: 'save', name: name ?? p.fail() };
  }
}

/** After DECLARE. */
export function readDeclare(p: Queries): Control {
  if (p.isIdentifier()) p.refuse('cursors');
  const name = p.variable();
  p.take('AS');
  if (p.take('TABLE')) {
    return {
      kind: 'declareTable',
      name,
      elements: p.bracketed(() => p.list(() => readElement(p))),
    };
  }
  const variables = [declaration(p, name)];
  while (p.take(',')) {
    const next = p.variable();
    p.take('AS');
    variables.push(declaration(p, next));
  }
  return { kind: 'declare', variables };
}

function declaration(p: Queries, name: string): VariableDeclaration {
  const type = p.typeName();
  return { name, type, value: p.take('=') ? p.expression() : null };
}

/** IF, WHILE, blocks and what ends or interrupts them; null where none of them begins. */
export function readFlow(p: Queries, statement: () => Statement): Control | null {
  if (p.take('IF')) return branch(p, statement);
  if (p.take('WHILE')) {
    return { kind: 'while', condition: p.condition(), body: statement() };
  }
  if (p.take('BEGIN', 'TRY')) return tryCatch(p, statement);
  if (p.take('BEGIN')) {
    if (p.is('ATOMIC') || p.is('DIALOG') || p.is('CONVERSATION')) p.refuse(`BEGIN ${p.word()}`);
    const statements = until(p, statement, 'END');
    return statements.length === 0 ? p.fail() : { kind: 'block', statements };
  }
  if (p.take('BREAK')) return { kind: 'break' };
  if (p.take('CONTINUE')) return { kind: 'continue' };
  if (p.take('RETURN')) return { kind: 'return', value: returned(p) };
  return message(p);
}

function branch(p: Queries, statement: () => Statement): Control {
  const condition = p.condition();
  const then = statement();
  const otherwise = p.take('ELSE') || p.take(';', 'ELSE') ? statement() : null;
  return { kind: 'if', condition, then, else: otherwise };
}

function tryCatch(p: Queries, statement: () => Statement): Control {
  const attempt = until(p, statement, 'END', 'TRY');
  while (p.take(';'));
  p.expect('BEGIN', 'CATCH');
  return { kind: 'tryCatch', try: attempt, catch: until(p, statement, 'END', 'CATCH') };
}

function until(p: Queries, statement: () => Statement, ...end: readonly string[]): Statement[] {
  const statements: Statement[] = [];
  for (;;) {
    while (p.take(';'));
    if (p.take(...end)) return statements;
    statements.push(statement());
  }
}

function returned(p: Queries): Extract<Control, { kind: 'return' }>['value'] {
  const { kind } = p.peek();
  const value = kind === 'number' || kind === 'variable' || p.isAny('-', '(');
  return value ? p.expression() : null;
}

function message(p: Queries): Control | null {
  if (p.take('PRINT')) return { kind: 'print', value: p.expression() };
  if (p.take('RAISERROR')) return raiserror(p);
  if (p.take('WAITFOR')) {
    if (!p.isAny('DELAY', 'TIME')) p.refuse('WAITFOR a queue');
    const unit = p.expectAny('DELAY', 'TIME') === 'DELAY' ? 'delay' : 'time';
    return { kind: 'waitFor', unit, value: p.constant() };
  }
  if (!p.is('THROW')) return null;
  p.next();
  const { kind } = p.peek();
  if (kind !== 'number' && kind !== 'variable') return { kind: 'throw', error: null };
  const number = p.constant();
  p.expect(',');
  const text = p.constant();
  p.expect(',');
  return { kind: 'throw', error: { number, message: text, state: p.constant() } };
}

function raiserror(p: Queries): Control {
  const read = p.args();
  const [text, severity, state, ...args] = read;
  if (text === undefined || severity === undefined || state === undefined) p.fail();
  const options = p.take('WITH') ? p.list(() => p.expectAny('LOG', 'NOWAIT', 'SETERROR')) : [];
  return { kind: 'raiserror', message: text, severity, state, args, options };
}
