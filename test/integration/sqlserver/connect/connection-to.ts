import type { MsConnection } from '../../../../src/engines/sqlserver/connect.js';

/** A connection in the clear to a server of the tests. */
export function connectionTo(port: number, changes: Partial<MsConnection> = {}): MsConnection {
  return {
    host: '127.0.0.1',
    port,
    database: 'shop',
    user: 'sa',
    password: () => '',
    tls: { mode: 'disable' },
    multiSubnetFailover: false,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'sluice test',
    session: {},
    ...changes,
  };
}
