import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { SluiceError } from '../core/errors.js';
import type { TemporalSettings } from './connection-options.js';

/** google.rpc.Code */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/**
 * Throws TEMPORAL_REFUSED where the namespace is not there or the login is refused: every later
 * call would say so in the service's words. A login that may not look goes on with what it may do.
 */
export async function assertNamespace(
  connection: Connection,
  settings: TemporalSettings,
): Promise<void> {
  const { namespace } = settings;
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (cause) {
    if (codeOf(cause) !== PERMISSION_DENIED) throw connectError(settings, cause);
  }
}

/** What a person is told when the service cannot be used: TEMPORAL_REFUSED or TEMPORAL_UNREACHABLE. */
export function connectError(settings: TemporalSettings, cause: unknown): SluiceError {
  const { address, namespace, connection } = settings;
  const refused = (message: string, remedy: string): SluiceError =>
    new SluiceError('TEMPORAL_REFUSED', message, { remedy, cause });
  switch (codeOf(cause)) {
    case NOT_FOUND:
      return refused(
        `The Temporal service at ${address} has no namespace ${namespace}.`,
        `Set TEMPORAL_NAMESPACE to one that exists, or make this one: temporal operator namespace create --namespace ${namespace}`,
      );
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return refused(
        `The Temporal service at ${address} refuses this login.`,
        'Correct TEMPORAL_API_KEY or the certificate of TEMPORAL_TLS_CLIENT_CERT_PATH.',
      );
    default:
      return new SluiceError(
        'TEMPORAL_UNREACHABLE',
        `No Temporal service answers at ${address} (${isSecured(connection) ? 'over TLS' : 'without TLS'}).`,
        {
          remedy:
            'Start one (sluice dev starts a local one) or set TEMPORAL_ADDRESS; for a service that ' +
            'wants TLS, a certificate or an API key, set TEMPORAL_TLS… or TEMPORAL_API_KEY.',
          cause,
        },
      );
  }
}

function isSecured({ tls }: TemporalSettings['connection']): boolean {
  return tls !== undefined && tls !== null && tls !== false;
}

/** The service's own code lies at the bottom of what the client throws. */
function codeOf(thrown: unknown): number | null {
  if (isGrpcServiceError(thrown)) return thrown.code;
  return thrown instanceof Error && thrown.cause !== undefined ? codeOf(thrown.cause) : null;
}
