/** Opens the two databases that `init` was told about, before any file is written. */
import { parseConfigText } from '../../config/document.js';
import type { SecretSource } from '../../config/environment.js';
import { checkConfig } from '../../config/load.js';
import { mergeDocuments } from '../../config/merge.js';
import { formatIssue } from '../../config/issue.js';
import { resolveConnection } from '../../config/resolve-connection.js';
import type { SluiceConfig } from '../../config/schema.js';
import { SluiceError } from '../../core/errors.js';
import type { ConnectionResolver } from '../../engines/contract/connection.js';
import type { DatabaseIdentity, Finding, TableModel } from '../../engines/contract/schema.js';
import type { Engine } from '../../engines/engine.js';
import { engineConfigs, engines } from '../../engines/registry.js';
import type { Endpoint } from './endpoint.js';

const APPLICATION_NAME = 'sluice init';

export interface SourceReading {
  readonly identity: DatabaseIdentity;
  readonly findings: readonly Finding[];
  readonly models: readonly TableModel[];
}

export function engineOf(endpoint: Endpoint): Engine {
  const engine = engines[endpoint.engine];
  if (engine !== undefined) return engine;
  throw new SluiceError('CONFIG_INVALID', `No engine is called ${endpoint.engine}.`);
}

/** The configuration as a value, or CONFIG_INVALID: for what `init` itself wrote. */
export function parseDraft(text: string): SluiceConfig {
  const document = parseConfigText('sluice.yaml', text);
  const { config, issues } = checkConfig(mergeDocuments([document]), engineConfigs);
  if (config !== undefined) return config;
  const told = issues.map(formatIssue).join('\n');
  throw new SluiceError('CONFIG_INVALID', `These connections make no valid config:\n${told}`, {
    remedy: 'Correct the URLs.',
  });
}

export function resolverFor(
  config: SluiceConfig,
  name: string,
  secrets: SecretSource,
): ConnectionResolver {
  return () => resolveConnection(config, name, engineConfigs, secrets);
}

/** Throws what stops a connection, naming the database. */
export async function reach(endpoint: Endpoint, resolver: ConnectionResolver): Promise<void> {
  const database = await engineOf(endpoint).openSource(resolver, {
    applicationName: APPLICATION_NAME,
  });
  try {
    await database.identity();
  } finally {
    await database.close();
  }
}

/** As `reach`, and everything that a proposal needs. */
export async function readSource(
  endpoint: Endpoint,
  resolver: ConnectionResolver,
  grants: Readonly<Record<string, boolean>>,
): Promise<SourceReading> {
  const source = await engineOf(endpoint).openSource(resolver, {
    applicationName: APPLICATION_NAME,
    own: grants,
  });
  try {
    const identity = await source.identity();
    const findings = await source.preflight();
    return { identity, findings, models: await source.listTables() };
  } finally {
    await source.close();
  }
}

/** Null when the database named there does not exist. */
export async function readTarget(
  endpoint: Endpoint,
  resolver: ConnectionResolver,
): Promise<{ identity: DatabaseIdentity; tables: readonly TableModel[] } | null> {
  const target = await engineOf(endpoint).openSource(resolver, {
    applicationName: APPLICATION_NAME,
  });
  try {
    const identity = await target.identity();
    return { identity, tables: await target.listTables() };
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'DATABASE_MISSING') return null;
    throw thrown;
  } finally {
    await target.close();
  }
}

/** The passwords that were just told, in place of `.env`. */
export function secretsOf(endpoints: readonly Endpoint[]): SecretSource {
  const known = new Map(
    endpoints.flatMap(({ secret }) =>
      secret === null ? [] : [[secret.name, secret.value] as const],
    ),
  );
  return {
    variable: (name) => {
      const value = known.get(name);
      return value === undefined ? undefined : { value, origin: '.env' };
    },
    file: () => undefined,
  };
}
