import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from '@temporalio/client';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** Temporal Cloud or a cluster with TLS; certificates by path. */
  readonly tls: { ca?: string; cert?: string; key?: string; serverName?: string } | null;
  readonly apiKey: string | null;
}

/** From the variables that Temporal's own tools use; the local service is the default. */
export function temporalSettings(env: NodeJS.ProcessEnv): TemporalSettings {
  const apiKey = env.TEMPORAL_API_KEY ?? null;
  const paths = {
    ca: env.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    cert: env.TEMPORAL_TLS_CLIENT_CERT_PATH,
    key: env.TEMPORAL_TLS_CLIENT_KEY_PATH,
    serverName: env.TEMPORAL_TLS_SERVER_NAME,
  };
  const wanted = apiKey !== null || env.TEMPORAL_TLS === 'true' || paths.cert !== undefined;
  const given = Object.entries(paths).filter(([, value]) => value !== undefined);
  return {
    address: env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233',
    namespace: env.TEMPORAL_NAMESPACE ?? 'default',
    tls: wanted ? Object.fromEntries(given) : null,
    apiKey,
  };
}

export function connectionOptions(settings: TemporalSettings): ConnectionOptions {
  const { tls } = settings;
  return {
    address: settings.address,
    connectTimeout: '10s',
    ...(settings.apiKey === null ? {} : { apiKey: settings.apiKey }),
    ...(tls === null ? {} : { tls: tlsConfig(tls) }),
  };
}

/** The same for a worker's native connection. */
export function tlsConfig(tls: NonNullable<TemporalSettings['tls']>): {
  serverNameOverride?: string;
  serverRootCACertificate?: Buffer;
  clientCertPair?: { crt: Buffer; key: Buffer };
} {
  return {
    ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
    ...(tls.ca === undefined ? {} : { serverRootCACertificate: readFileSync(tls.ca) }),
    ...(tls.cert === undefined || tls.key === undefined
      ? {}
      : { clientCertPair: { crt: readFileSync(tls.cert), key: readFileSync(tls.key) } }),
  };
}
