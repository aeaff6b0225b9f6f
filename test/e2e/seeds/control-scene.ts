/** Source servers, one destination server with control tables, the built worker and command. */
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { MsRow, TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openTemporal } from '../../support/temporal.js';
import { cliFolder } from '../cli/run-cli.js';
import { seedProcesses, type SeedProcesses } from './seed-processes.js';
import { sqlOf } from './seed-scene.js';

const CONTROL = 'dbaops_dataflow';
const PASSWORD = 'Operator-5tfc6X';

/** The README's defaults but for the times, which are shorter. */
const CONFIG = `version: 1
connections:
  control: { engine: sqlserver, url: "\${CONTROL_URL}" }
controlTables:
  connection: control
  defaults: { poll: { cdc: 200ms }, verification: { every: 10s } }
`;

export interface ControlScene extends SeedProcesses {
  readonly sources: readonly TestMsServer[];
  readonly target: TestMsServer;
  /** The control tables, by a login whose default schema is `sluice`. */
  control(sql: string): Promise<readonly MsRow[]>;
  script(name: string): Promise<readonly MsRow[]>;
  database(server: TestMsServer | undefined, name: string): TestMsDatabase;
  /** As an ADO string in source_servers. */
  connectionString(server: TestMsServer | undefined): string;
  close(): Promise<void>;
}

export async function openControlScene(servers: number): Promise<ControlScene> {
  const temporal = await openTemporal('seed 001', { searchAttributes: SEARCH_ATTRIBUTES });
  const target = await openSqlServer('target');
  const sources: TestMsServer[] = [];
  for (let n = 0; n < servers; n += 1) sources.push(await openSqlServer('source'));
  await databaseOf(target, 'master').sql(`CREATE DATABASE ${CONTROL};
CREATE LOGIN operator WITH PASSWORD = N'${PASSWORD}', CHECK_POLICY = OFF;`);
  const control = databaseOf({ ...target, user: 'operator', password: PASSWORD }, CONTROL);
  const folder = cliFolder();
  folder.write('sluice.yaml', CONFIG);
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    CONTROL_URL: target.url(CONTROL),
  };
  const { stop, ...processes } = seedProcesses(folder, env, 120_000);
  await processes.sluice('state', 'init');
  await databaseOf(target, CONTROL).sql(`CREATE USER operator FOR LOGIN operator;
ALTER USER operator WITH DEFAULT_SCHEMA = sluice;
GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::sluice TO operator;`);
  return {
    ...processes,
    sources,
    target,
    control: (sql) => control.sql(sql),
    script: (name) => control.sql(sqlOf(name)),
    database: (server, name) => databaseOf(known(server), name),
    connectionString: (server) => adoString(known(server)),
    close: async () => {
      await stop();
      folder.remove();
      await temporal.close();
      await Promise.all([...sources, target].map((server) => server.close()));
    },
  };
}

function known(server: TestMsServer | undefined): TestMsServer {
  if (server === undefined) throw new Error('The scene has no such server.');
  return server;
}

function adoString({ host, port, user, password, standIn }: TestMsServer): string {
  const tls = standIn === null ? 'encrypt=true;trustServerCertificate=true' : 'encrypt=disable';
  return `server=${host},${String(port)};user id=${user};password=${password};database=master;${tls}`;
}
