import type { ConnectionConfiguration } from 'tedious';
import { ISOLATION_LEVEL } from 'tedious';
import type { MsConnection, MsPurpose, MsTls } from './connection-options.js';

const PACKET_BYTES = 16_384;
/** How long the server may take to confirm a cancel before the connection is given up. */
const CANCEL_TIMEOUT_MS = 5_000;
const READERS: ReadonlySet<MsPurpose> = new Set(['source', 'copy']);

/**
 * The driver's settings of a session. Timeouts of requests are ours (the driver's own stops at the
 * first packet of an answer, and for a bulk load counts the whole upload), so its own is off.
 */
export function driverConfig(
  connection: MsConnection,
  purpose: MsPurpose,
  password: string,
): ConnectionConfiguration {
  const { domain, instance, tls, user } = connection;
  const login = { userName: user, password };
  return {
    server: connection.host,
    authentication:
      domain === undefined
        ? { type: 'default', options: login }
        : { type: 'ntlm', options: { ...login, domain } },
    options: {
      ...(instance === undefined ? { port: connection.port } : { instanceName: instance }),
      ...tlsOptions(tls),
      database: connection.database,
      appName: connection.applicationName,
      readOnlyIntent: connection.readOnlyIntent ?? READERS.has(purpose),
      multiSubnetFailover: connection.multiSubnetFailover,
      connectTimeout: connection.connectTimeoutMs,
      requestTimeout: 0,
      cancelTimeout: CANCEL_TIMEOUT_MS,
      packetSize: PACKET_BYTES,
      // Another attempt is the caller's decision: it reads the password again.
      maxRetriesOnTransientErrors: 0,
      // Else work would go on after an error, and its rest be committed
      // (test/conformance/sqlserver/transactions: "goes on after a failed statement").
      abortTransactionOnError: true,
      isolationLevel: ISOLATION_LEVEL.READ_COMMITTED ?? 2,
      // Sent again at each reset, which by itself leaves the level as it is
      // (test/conformance/sqlserver/reset: "has the level that the driver asks for anew").
      connectionIsolationLevel: ISOLATION_LEVEL.READ_COMMITTED ?? 2,
      useUTC: true,
      lowerCaseGuids: true,
    },
  };
}

function tlsOptions(tls: MsTls): ConnectionConfiguration['options'] {
  const { mode, ca, cert, key, serverName } = tls;
  return {
    encrypt: mode === 'strict' ? 'strict' : mode !== 'disable',
    // The other modes are judged after the handshake, before the login goes out.
    trustServerCertificate: mode !== 'verifyFull' && mode !== 'strict',
    cryptoCredentialsDetails: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
    ...(serverName === undefined ? {} : { serverName }),
  };
}
