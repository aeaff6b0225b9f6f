import type { Definition, SecurityDefinition } from './ast.js';
import type { Queries } from './queries.js';

type Permission = Extract<SecurityDefinition, { kind: 'permission' }>;

/** After CREATE LOGIN. */
export function readCreateLogin(p: Queries): SecurityDefinition {
  const name = p.identifier();
  if (p.is('FROM')) p.refuse('CREATE LOGIN … FROM');
  p.expect('WITH');
  let password: string | null = null;
  let defaultDatabase: string | null = null;
  p.list(() => {
    const option = p.word();
    p.expect('=');
    if (option === 'PASSWORD') password = p.string();
    else if (option === 'DEFAULT_DATABASE') defaultDatabase = p.identifier();
    else if (option === 'CHECK_POLICY' || option === 'CHECK_EXPIRATION') p.onOff();
    else p.refuse(`CREATE LOGIN … ${option}`);
  });
  return { kind: 'createLogin', name, password, defaultDatabase };
}

/** After CREATE SECURITY POLICY. */
export function readSecurityPolicy(p: Queries): Definition {
  const name = p.name();
  const targets = p.list(() => {
    p.expect('ADD');
    if (!p.take('FILTER')) p.refuse(`a security policy that adds ${p.word()}`);
    p.expect('PREDICATE');
    p.name();
    p.names();
    p.expect('ON');
    return p.name();
  });
  let enabled = true;
  if (p.take('WITH')) {
    p.bracketed(() => {
      p.expect('STATE');
      p.expect('=');
      enabled = p.onOff();
    });
  }
  return { kind: 'createSecurityPolicy', name, targets, enabled };
}

/** After CREATE USER. */
export function readCreateUser(p: Queries): SecurityDefinition {
  const name = p.identifier();
  const without = p.take('WITHOUT', 'LOGIN');
  const other = !without && p.takeAny('FOR', 'FROM') !== null;
  if (other && !p.take('LOGIN')) p.refuse('CREATE USER FOR anything but a login');
  const login = without ? null : other ? p.identifier() : name;
  let defaultSchema: string | null = null;
  if (p.take('WITH', 'DEFAULT_SCHEMA', '=')) defaultSchema = p.identifier();
  if (p.is('WITH')) p.refuse('CREATE USER … WITH');
  return { kind: 'createUser', name, login, defaultSchema };
}

/** After ALTER USER. */
export function readAlterUser(p: Queries): SecurityDefinition {
  const name = p.identifier();
  if (!p.take('WITH', 'DEFAULT_SCHEMA', '=')) p.refuse('ALTER USER without DEFAULT_SCHEMA');
  const defaultSchema = p.identifier();
  if (p.is(',')) p.refuse('ALTER USER with more than DEFAULT_SCHEMA');
  return { kind: 'alterUser', name, defaultSchema };
}

/** After ALTER ROLE or ALTER SERVER ROLE. */
export function readAlterRole(p: Queries, server: boolean): SecurityDefinition {
  const role = p.identifier();
  const add = p.expectAny('ADD', 'DROP') === 'ADD';
  p.expect('MEMBER');
  return { kind: 'alterRole', role, add, member: p.identifier(), server };
}

/** After GRANT, DENY or REVOKE. */
export function readPermission(p: Queries, verb: Permission['verb']): SecurityDefinition {
  if (verb === 'revoke') p.take('GRANT', 'OPTION', 'FOR');
  const permissions = p.list(() => permission(p));
  const on = p.take('ON') ? securable(p) : null;
  if (!p.take('TO') && !(verb === 'revoke' && p.take('FROM'))) p.fail();
  const principals = p.list(() => (p.take('PUBLIC') ? 'public' : p.identifier()));
  const withGrantOption = p.take('WITH', 'GRANT', 'OPTION');
  p.take('CASCADE');
  if (p.is('AS')) p.refuse('GRANT … AS');
  return { kind: 'permission', verb, permissions, on, principals, withGrantOption };
}

function permission(p: Queries): Permission['permissions'][number] {
  const words = [p.word()];
  while (!p.isAny(',', '(', 'ON', 'TO', 'FROM')) words.push(p.word());
  return { name: words.join(' '), columns: p.is('(') ? p.names() : null };
}

function securable(p: Queries): NonNullable<Permission['on']> {
  if (p.peek(1).key !== '::') return { class: 'OBJECT', name: p.name() };
  const kind = p.word();
  p.expect('::');
  return { class: kind, name: p.name() };
}
