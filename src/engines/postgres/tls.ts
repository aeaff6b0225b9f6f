import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import type { PgTls } from './connection-options.js';

/** The driver's `ssl` option, or false for a plain connection. */
export function sslOption(tls: PgTls): ConnectionOptions | false {
  if (tls.mode === 'disable') return false;
  // As in libpq, a given authority is checked even where the mode would not ask for it.
  const verifies =
    tls.mode.startsWith('verify') || (tls.mode === 'require' && tls.ca !== undefined);
  const { serverName } = tls;
  return {
    rejectUnauthorized: verifies,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    checkServerIdentity: (host, certificate) =>
      tls.mode === 'verify-full' ? checkServerIdentity(serverName ?? host, certificate) : undefined,
  };
}

/**
 * A socket that connects to `host` whatever it is told. The driver sends the name it connects to
 * as the TLS server name and overrides any other; with this it is told `serverName` instead.
 */
export function redirectedSocket(host: string): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, { connect: (port: number) => connect(port, host) });
}
