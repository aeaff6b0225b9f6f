import { SqlError } from '../backend.js';
import type { Name, Statement, StatementNode } from './ast.js';
import { readDbcc, readInsertBulk, readKill, readUpdateStatistics } from './commands.js';
import { readCall, readExecute, readInsertedCall } from './execute.js';
import { readAlter, readCreate, readDrop, readEnableTrigger } from './definitions.js';
import { readDeclare, readFlow, readTransaction, startsTransaction } from './control.js';
import { readManipulation, readTruncate } from './manipulation.js';
import { Queries } from './queries.js';
import { readPermission } from './security.js';
import { readSet } from './settings.js';

/** Statements that SQL Server has and the stand-in has not, by their first word. */
const REFUSED: ReadonlySet<string> = new Set([
  'ADD',
  'BACKUP',
  'BULK',
  'CLOSE',
  'DEALLOCATE',
  'DISK',
  'DUMP',
  'FETCH',
  'GOTO',
  'LINENO',
  'LOAD',
  'MERGE',
  'OPEN',
  'READTEXT',
  'RECONFIGURE',
  'RESTORE',
  'REVERT',
  'SETUSER',
  'SHUTDOWN',
  'UPDATETEXT',
  'WRITETEXT',
]);

/**
 * Reads a whole batch. Like SQL Server, it refuses all of it for one error of syntax: with 102, 156
 * and their kin, or with 99999 for what SQL Server knows and the stand-in does not.
 */
export function parseBatch(text: string): Statement[] {
  const p = new Queries(text);
  const statements: Statement[] = [];
  for (;;) {
    while (p.take(';'));
    if (p.ended) return statements;
    statements.push(readStatement(p, statements.length === 0));
  }
}

/** One expression, for a text that holds nothing else. */
export function parseExpression(text: string): ReturnType<Queries['expression']> {
  const p = new Queries(text);
  const expression = p.expression();
  return p.ended ? expression : p.fail();
}

/** One condition, as parseExpression. */
export function parseCondition(text: string): ReturnType<Queries['condition']> {
  const p = new Queries(text);
  const condition = p.condition();
  return p.ended ? condition : p.fail();
}

/** A name of several parts in a string, as OBJECT_ID takes it; null when it is none. */
export function parseName(text: string): Name | null {
  try {
    const p = new Queries(text);
    const name = p.name();
    return p.ended ? name : null;
  } catch (e) {
    if (e instanceof SqlError) return null;
    throw e;
  }
}

function readStatement(p: Queries, first: boolean): Statement {
  const { start, line } = p.peek();
  const node = readNode(p, first);
  if (node.kind === 'module' && !first) throw notFirst(node.module.kind, line);
  return Object.assign(node, { start, end: p.lastEnd(), line });
}

function readNode(p: Queries, first: boolean): StatementNode {
  if (p.take('INSERT', 'BULK')) return readInsertBulk(p);
  if (p.take('UPDATE', 'STATISTICS')) return readUpdateStatistics(p);
  const manipulation = readManipulation(p, () => readInsertedCall(p));
  if (manipulation !== null) return manipulation;
  if (startsTransaction(p)) return readTransaction(p);
  const flow = readFlow(p, () => nested(p));
  if (flow !== null) return flow;
  const other = byFirstWord(p);
  if (other !== null) return other;
  if (REFUSED.has(p.peek().key)) p.refuse(p.peek().key);
  if (p.isIdentifier() && p.peek(1).key === ':') p.refuse('labels');
  if (first && p.isIdentifier()) return readCall(p);
  return p.fail();
}

function nested(p: Queries): Statement {
  while (p.take(';'));
  return readStatement(p, false);
}

function byFirstWord(p: Queries): StatementNode | null {
  const reader = READERS.get(p.peek().key);
  if (reader === undefined || startsName(p)) return null;
  p.next();
  return reader(p);
}

/** ENABLE and DISABLE are names unless TRIGGER follows. */
function startsName(p: Queries): boolean {
  return p.isAny('ENABLE', 'DISABLE') && p.peek(1).key !== 'TRIGGER';
}

const READERS: ReadonlyMap<string, (p: Queries) => StatementNode> = new Map<
  string,
  (p: Queries) => StatementNode
>([
  ['ALTER', readAlter],
  ['CHECKPOINT', () => ({ kind: 'checkpoint' })],
  ['CREATE', readCreate],
  ['DBCC', readDbcc],
  ['DECLARE', readDeclare],
  ['DENY', (p) => readPermission(p, 'deny')],
  ['DISABLE', (p) => readEnableTrigger(p, false)],
  ['DROP', readDrop],
  ['ENABLE', (p) => readEnableTrigger(p, true)],
  ['EXEC', readExecute],
  ['EXECUTE', readExecute],
  ['GRANT', (p) => readPermission(p, 'grant')],
  ['KILL', readKill],
  ['REVOKE', (p) => readPermission(p, 'revoke')],
  ['SET', readSet],
  ['TRUNCATE', readTruncate],
  ['USE', (p) => ({ kind: 'use', database: p.identifier() })],
]);

function notFirst(kind: string, line: number): SqlError {
  const word = /function/i.test(kind) ? 'FUNCTION' : kind.toUpperCase();
  const message = `'CREATE ${word}' must be the first statement in a query batch.`;
  return new SqlError(111, message, { level: 15, line });
}
