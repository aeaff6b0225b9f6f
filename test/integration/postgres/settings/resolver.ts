import { parseConfigText } from '../../../../src/config/document.js';
import { createSecretSource } from '../../../../src/config/environment.js';
import { checkConfig } from '../../../../src/config/load.js';
import { mergeDocuments } from '../../../../src/config/merge.js';
import { resolveConnection } from '../../../../src/config/resolve-connection.js';
import type { ConnectionResolver } from '../../../../src/engines/contract/connection.js';
import { engineConfigs } from '../../../../src/engines/registry.js';

/** A connection as a configuration file says it, its references taken from `env`. */
export function resolverOf(
  keys: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>>,
): ConnectionResolver {
  const other = { engine: 'postgres', host: 'other.invalid', database: 'other', user: 'other' };
  const text = JSON.stringify({
    version: 1,
    connections: { shop: { engine: 'postgres', ...keys }, other },
    pipelines: {
      p: {
        source: { connection: 'shop' },
        targets: { copy: { connection: 'other' } },
        tables: { include: ['public.*'] },
      },
    },
  });
  const document = parseConfigText('sluice.json', text);
  const { config, issues } = checkConfig(mergeDocuments([document]), engineConfigs);
  if (config === undefined) throw new Error(JSON.stringify(issues));
  const secrets = createSecretSource('/', env);
  return () => resolveConnection(config, 'shop', engineConfigs, secrets);
}
