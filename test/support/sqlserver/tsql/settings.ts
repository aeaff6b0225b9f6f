import type { IsolationLevel, SetStatement } from './ast.js';
import type { Queries } from './queries.js';

const SWITCHES: ReadonlySet<string> = new Set([
  'ANSI_DEFAULTS',
  'ANSI_NULLS',
  'ANSI_NULL_DFLT_OFF',
  'ANSI_NULL_DFLT_ON',
  'ANSI_PADDING',
  'ANSI_WARNINGS',
  'ARITHABORT',
  'ARITHIGNORE',
  'CONCAT_NULL_YIELDS_NULL',
  'CURSOR_CLOSE_ON_COMMIT',
  'FMTONLY',
  'FORCEPLAN',
  'IMPLICIT_TRANSACTIONS',
  'NOCOUNT',
  'NOEXEC',
  'NUMERIC_ROUNDABORT',
  'PARSEONLY',
  'QUOTED_IDENTIFIER',
  'REMOTE_PROC_TRANSACTIONS',
  'XACT_ABORT',
]);

const VALUES: ReadonlySet<string> = new Set([
  'CONTEXT_INFO',
  'DATEFIRST',
  'DATEFORMAT',
  'DEADLOCK_PRIORITY',
  'LANGUAGE',
  'LOCK_TIMEOUT',
  'ROWCOUNT',
  'TEXTSIZE',
]);

/** After SET. */
export function readSet(p: Queries): SetStatement {
  if (p.peek().kind === 'variable') return setVariable(p);
  if (p.take('TRANSACTION', 'ISOLATION', 'LEVEL')) return { kind: 'setIsolation', level: level(p) };
  if (p.take('IDENTITY_INSERT')) {
    const table = p.name();
    return { kind: 'setIdentityInsert', table, on: p.onOff() };
  }
  const { key } = p.peek();
  if (SWITCHES.has(key)) {
    const options = p.list(() => p.word());
    return { kind: 'setOption', options, on: p.onOff() };
  }
  if (!VALUES.has(key)) p.refuse(`SET ${p.word()}`);
  const option = p.word();
  if (p.isIdentifier()) {
    return {
      kind: 'setValue',
      option,
      value: { kind: 'string', value: p.identifier(), unicode: true },
    };
  }
  return { kind: 'setValue', option, value: p.constant() };
}

function setVariable(p: Queries): SetStatement {
  const variable = p.variable();
  if (p.is('.')) p.refuse('methods of variables');
  const op = p.assignOp();
  if (p.is('CURSOR')) p.refuse('cursors');
  return { kind: 'setVariable', variable, op, value: p.expression() };
}

function level(p: Queries): IsolationLevel {
  if (p.take('READ', 'UNCOMMITTED')) return 'read uncommitted';
  if (p.take('READ', 'COMMITTED')) return 'read committed';
  if (p.take('REPEATABLE', 'READ')) return 'repeatable read';
  return p.expectAny('SNAPSHOT', 'SERIALIZABLE') === 'SNAPSHOT' ? 'snapshot' : 'serializable';
}
