/** The driver with nothing around it, as the reference of the benchmarks uses it. */
import { Connection, Request } from 'tedious';
import type { ServerAddress } from '../connection.js';

export async function connectBare(address: ServerAddress, database: string): Promise<Connection> {
  const { host, port, user, password, tls } = address;
  const connection = new Connection({
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: {
      ...{ port, database, encrypt: tls, trustServerCertificate: true },
      requestTimeout: 0,
    },
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  });
  return connection;
}

/** A batch without rows. */
export async function batch(connection: Connection, sql: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection.execSqlBatch(new Request(sql, (error) => (error ? reject(error) : resolve())));
  });
}
