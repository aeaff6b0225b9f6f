import type { ConnectionConfiguration } from 'tedious';
import { Connection, Request } from 'tedious';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';

type Options = NonNullable<ConnectionConfiguration['options']>;

export interface Credentials {
  readonly userName?: string;
  readonly password?: string;
}

/** The real driver, connected; rejects with its error. */
export async function connect(
  server: Pick<TdsServer, 'port'>,
  options: Options = {},
  who: Credentials = {},
): Promise<Connection> {
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: {
      type: 'default',
      options: { userName: who.userName ?? 'sa', password: who.password ?? 'right' },
    },
    options: { port: server.port, encrypt: false, database: 'shop', ...options },
  });
  connection.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  });
  return connection;
}

export interface Answered {
  readonly results: unknown[][][];
  readonly names: string[][];
  readonly rowCount: number;
  readonly returned: Record<string, unknown>;
}

/** Runs a request by `how`, collecting everything that it answers. */
export function perform(
  text: string,
  how: (request: Request) => void,
  prepare: (request: Request) => void = () => undefined,
): Promise<Answered> {
  const results: unknown[][][] = [];
  const names: string[][] = [];
  const returned: Record<string, unknown> = {};
  return new Promise((resolve, reject) => {
    const request = new Request(text, (error, rowCount) => {
      if (error == null) resolve({ results, names, rowCount: rowCount ?? 0, returned });
      else reject(error);
    });
    request.on('columnMetadata', (columns) => {
      names.push((columns as { colName: string }[]).map((column) => column.colName));
      results.push([]);
    });
    request.on('row', (columns: { value: unknown }[]) => {
      results.at(-1)?.push(columns.map((column) => column.value));
    });
    request.on('returnValue', (name: string, value: unknown) => {
      returned[name] = value;
    });
    prepare(request);
    how(request);
  });
}

export const batch = (connection: Connection, text: string): Promise<Answered> =>
  perform(text, (request) => connection.execSqlBatch(request));
