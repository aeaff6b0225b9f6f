import type { Duplex } from 'node:stream';
import type pg from 'pg';

/**
 * The driver reads its socket in a listener: what it cannot read there would end the process as an
 * uncaught exception. With this it ends the socket, which fails what waits for the answer.
 */
export function guardParser({ connection }: pg.Client): void {
  // The driver calls it once the socket is known, and once more for the one that TLS makes of it.
  const attach: unknown = Reflect.get(connection, 'attachListeners');
  if (typeof attach !== 'function') throw new Error('The driver does not read its socket.');
  Reflect.set(connection, 'attachListeners', (socket: Duplex) => {
    Reflect.apply(attach, connection, [socket]);
    for (const listener of socket.listeners('data')) {
      socket.removeListener('data', listener as () => void);
      socket.on('data', (chunk: Buffer) => {
        try {
          Reflect.apply(listener, socket, [chunk]);
        } catch {
          socket.destroy(unreadable());
        }
      });
    }
  });
}

/** Without the driver's own text: it may hold what it could not read. */
function unreadable(): Error {
  const error = new Error('An answer of the server could not be read.');
  return Object.assign(error, { code: 'EBADMSG' });
}
