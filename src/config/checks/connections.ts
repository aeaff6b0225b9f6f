import type { EngineConfigs } from '../engine-config.js';
import type { Finding } from '../issue.js';
import { mentionsReference, parseReferences } from '../references.js';
import type { ConnectionConfig, SluiceConfig } from '../schema.js';

const REMEDY = 'put it into the environment or .env and write a reference such as ${SHOP_PASSWORD}';

function strings(
  value: unknown,
  path: (string | number)[],
): { path: (string | number)[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => strings(inner, [...path, key]));
}

/** Literal text of a value with each reference replaced by a word that stands for it. */
function withoutReferences(text: string): string {
  const segments = parseReferences(text) ?? [];
  return segments.map((part) => (part.kind === 'literal' ? part.text : 'REFERENCE')).join('');
}

/** user:password@ before the host, or a password among the parameters, not given by reference. */
function hasLiteralPassword(url: string): boolean {
  const plain = withoutReferences(url);
  const inAuthority = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:([^/?#]*)@/i.exec(plain)?.[1];
  const inParameters = /[?&](?:ssl)?password=([^&]*)/i.exec(plain)?.[1];
  return [inAuthority, inParameters].some(
    (secret) => secret !== undefined && secret !== '' && !/^(REFERENCE)+$/.test(secret),
  );
}

function isLiteralSecret(text: string): boolean {
  return !/^(REFERENCE)+$/.test(withoutReferences(text));
}

function* secrets(connection: ConnectionConfig, own: readonly string[]): Generator<Finding> {
  if (connection.password !== undefined && isLiteralSecret(connection.password)) {
    yield { path: ['password'], message: `is a literal password; ${REMEDY}` };
  }
  const key = connection.tls?.key;
  if (key?.includes('-----BEGIN') === true) {
    const message = 'holds the key itself; write the path of its file, or ${file:/path}';
    yield { path: ['tls', 'key'], message };
  }
  for (const name of ['url', ...own]) {
    const value: unknown = Reflect.get(connection, name);
    if (typeof value === 'string' && hasLiteralPassword(value)) {
      yield { path: [name], message: `has a literal password inside; ${REMEDY}` };
    }
  }
}

function* references(connection: ConnectionConfig): Generator<Finding> {
  for (const { path, text } of strings(connection, [])) {
    if (mentionsReference(text) && parseReferences(text) === undefined) {
      const message =
        'has a ${ that is no reference; write ${VARIABLE}, ${VARIABLE:-default} or ${file:/path}, or $${ for the characters themselves';
      yield { path, message };
    }
  }
}

const URL_REPLACES = ['host', 'port', 'database', 'user', 'password'] as const;

function* address(
  connection: ConnectionConfig,
  engines: EngineConfigs,
  generated: boolean,
): Generator<Finding> {
  const engine = engines[connection.engine];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(connection.url ?? '')?.[1];
  const schemes = engine?.urlSchemes ?? [];
  if (connection.url !== undefined) {
    for (const key of URL_REPLACES) {
      // Control tables name a database on the server that a string leads to.
      if (connection[key] === undefined || (generated && key === 'database')) continue;
      yield { path: [key], message: 'stands beside url, which says it too; remove one of the two' };
    }
    if (scheme === undefined ? !mentionsReference(connection.url) : !schemes.includes(scheme)) {
      const message = `is no URL of this engine; start it with ${schemes.map((name) => `${name}://`).join(' or ')}`;
      yield { path: ['url'], message };
    }
    return;
  }
  const socket = Object.keys(engine?.connection ?? {}).some(
    (key) => key.startsWith('socket') && Reflect.get(connection, key) !== undefined,
  );
  if (connection.host === undefined && !socket) {
    yield {
      path: [],
      message: 'has neither url nor host; write url: ${SHOP_URL}, or host and database',
    };
  } else if (connection.database === undefined) {
    yield { path: [], message: 'has no database; write database: and its name' };
  }
}

function* limits(connection: ConnectionConfig): Generator<Finding> {
  const { pool, tls } = connection;
  if (pool?.min !== undefined && pool.max !== undefined && pool.min > pool.max) {
    yield { path: ['pool', 'min'], message: 'is above max; write a number up to max' };
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    const path = ['tls', tls?.cert === undefined ? 'key' : 'cert'];
    yield { path, message: 'stands alone; a client certificate needs both cert and key' };
  }
  if (tls?.mode === 'disable' && Object.keys(tls).length > 1) {
    const message = 'is disable beside other tls keys; write verifyFull, or remove the others';
    yield { path: ['tls', 'mode'], message };
  }
}

/** What a connection must be beyond the types of its keys. */
export function checkConnections(
  config: SluiceConfig,
  engines: EngineConfigs,
  isGenerated: (name: string) => boolean,
): Finding[] {
  return Object.entries(config.connections).flatMap(([name, connection]) =>
    [
      ...references(connection),
      ...secrets(connection, engines[connection.engine]?.secretKeys ?? []),
      ...address(connection, engines, isGenerated(name)),
      ...limits(connection),
    ].map((finding) => ({ ...finding, path: ['connections', name, ...finding.path] })),
  );
}
