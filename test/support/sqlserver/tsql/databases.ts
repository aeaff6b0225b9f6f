import type { AlterDatabaseAction, DatabaseDefinition, DatabaseOption } from './ast.js';
import type { Queries } from './queries.js';

/** After CREATE DATABASE. */
export function readCreateDatabase(p: Queries): DatabaseDefinition {
  const name = p.identifier();
  if (p.isAny('CONTAINMENT', 'ON', 'LOG', 'AS')) p.refuse('files of CREATE DATABASE');
  const collation = p.take('COLLATE') ? p.identifier() : null;
  if (p.is('WITH')) p.refuse('CREATE DATABASE … WITH');
  return { kind: 'createDatabase', name, collation };
}

/** After ALTER DATABASE. */
export function readAlterDatabase(p: Queries): DatabaseDefinition {
  if (p.is('SCOPED') || p.is('AUDIT')) p.refuse(`ALTER DATABASE ${p.peek().key}`);
  const name = p.take('CURRENT') ? null : p.identifier();
  return { kind: 'alterDatabase', name, action: action(p) };
}

function action(p: Queries): AlterDatabaseAction {
  if (p.take('SET')) {
    const options = p.list(() => option(p));
    termination(p);
    return { kind: 'set', options };
  }
  if (p.take('COLLATE')) return { kind: 'collate', collation: p.identifier() };
  if (p.take('MODIFY', 'NAME', '=')) return { kind: 'rename', name: p.identifier() };
  if (p.take('ADD', 'FILEGROUP')) return { kind: 'addFilegroup', name: p.identifier() };
  if (p.take('ADD', 'FILE')) return addFile(p);
  if (p.isAny('ADD', 'REMOVE', 'MODIFY')) p.refuse(`ALTER DATABASE … ${p.peek().key}`);
  return p.fail();
}

/** Where a file lies and how it grows is not kept. */
function addFile(p: Queries): AlterDatabaseAction {
  p.list(() =>
    p.bracketed(() =>
      p.list(() => {
        p.word();
        p.expect('=');
        while (!p.isAny(',', ')')) p.next();
      }),
    ),
  );
  return { kind: 'addFile', filegroup: p.take('TO', 'FILEGROUP') ? p.identifier() : null };
}

function option(p: Queries): DatabaseOption {
  const name = p.word();
  const assigned = p.take('=');
  const { kind } = p.peek();
  const named = kind === 'number' || kind === 'string' ? p.next().text : null;
  const value = named ?? (kind === 'word' && (assigned || !p.is('WITH')) ? p.word() : '');
  return { name, value, details: p.is('(') ? p.bracketed(() => details(p)) : [] };
}

function details(p: Queries): DatabaseOption['details'] {
  return p.list(() => {
    const name = p.word();
    p.expect('=');
    const words: string[] = [];
    while (!p.isAny(',', ')') && !p.ended) words.push(p.next().text.toUpperCase());
    return { name, value: words.join(' ') };
  });
}

/** WITH NO_WAIT or ROLLBACK …: other sessions are never waited for here. */
function termination(p: Queries): void {
  if (!p.take('WITH')) return;
  if (p.take('NO_WAIT') || p.take('ROLLBACK', 'IMMEDIATE')) return;
  p.expect('ROLLBACK', 'AFTER');
  p.integer();
  p.take('SECONDS');
}
