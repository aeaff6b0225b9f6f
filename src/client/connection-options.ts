import { accessSync, constants } from 'node:fs';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { SluiceError } from '../core/errors.js';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** For a client's connection as for a worker's; certificates are read already. */
  readonly connection: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
}

/** What names a file, and what brings its text instead. */
const FILES = {
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  TEMPORAL_TLS_CLIENT_CERT_PATH: 'TEMPORAL_TLS_CLIENT_CERT_DATA',
  TEMPORAL_TLS_CLIENT_KEY_PATH: 'TEMPORAL_TLS_CLIENT_KEY_DATA',
} as const;

type Given = Readonly<Record<string, string>>;

/**
 * From the variables that Temporal's own tools use (Temporal CLI, "environment configuration"); the
 * local service is the default. Profiles in Temporal's own file are not read: a worker is to do the
 * same on every machine that has the same environment. Throws CONFIG_INVALID.
 */
export function temporalSettings(env: NodeJS.ProcessEnv): TemporalSettings {
  const given = withoutEmpty(env);
  refuseHalves(given);
  const { namespace, connectionOptions } = loadClientConnectConfig({
    overrideEnvVars: given,
    disableFile: true,
  });
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  return {
    address,
    namespace: namespace ?? 'default',
    connection: { ...connectionOptions, address },
  };
}

/** An empty variable counts as not set, as everywhere in Sluice. */
function withoutEmpty(env: NodeJS.ProcessEnv): Given {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

/** What the library would leave out in silence, or tell without the variable's name. */
function refuseHalves(given: Given): void {
  for (const [path, data] of Object.entries(FILES)) {
    const file = given[path];
    if (file === undefined) continue;
    if (given[data] !== undefined)
      refuse(`${path} and ${data} are both set.`, 'Unset one of them.');
    try {
      accessSync(file, constants.R_OK);
    } catch (cause) {
      refuse(
        `${path} names ${file}, which cannot be read.`,
        'Correct the path or its rights.',
        cause,
      );
    }
  }
  const isSet = (name: string): boolean =>
    given[`${name}_PATH`] !== undefined || given[`${name}_DATA`] !== undefined;
  const [cert, key] = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY'] as const;
  if (isSet(cert) !== isSet(key)) {
    const [there, missing] = isSet(cert) ? [cert, key] : [key, cert];
    refuse(`${there}… is set without ${missing}….`, `Set ${missing}_PATH too.`);
  }
}

function refuse(message: string, remedy: string, cause?: unknown): never {
  throw new SluiceError('CONFIG_INVALID', message, { remedy, cause });
}
