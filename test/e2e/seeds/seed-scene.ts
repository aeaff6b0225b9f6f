/** Two SQL Servers, the built worker and the built command: what the replays of the seeds share. */
import { readFileSync } from 'node:fs';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { MsRow, TestMsDatabase } from '../../support/sqlserver/server.js';
import { openTemporal } from '../../support/temporal.js';
import { cliFolder } from '../cli/run-cli.js';
import { seedProcesses, type SeedProcesses } from './seed-processes.js';

export interface SeedScene extends SeedProcesses {
  readonly source: TestMsDatabase;
  readonly target: TestMsDatabase;
  /** Of the server of `target`, which is the first. */
  replica(n: number): TestMsDatabase;
  /** One script of this folder, on a new session in the named database of the source. */
  script(name: string, database?: string): Promise<readonly MsRow[]>;
  /** Other lines of the pipeline and another number of replicas, from now on. */
  configure(pipeline: string, replicas: number): void;
  close(): Promise<void>;
}

/** `pipeline` are the pipeline's lines below its source and target, indented by four blanks. */
export async function openSeedScene(
  database: string,
  source: string,
  pipeline: string,
  replicas = 1,
): Promise<SeedScene> {
  const temporal = await openTemporal(`seed ${database}`, { searchAttributes: SEARCH_ATTRIBUTES });
  const from = await openSqlServer('source');
  const to = await openSqlServer('target');
  const replica = (n: number) => databaseOf(to, `${database} copy${n === 1 ? '' : ` ${n}`}`);
  const ends = { source: databaseOf(from, database), target: replica(1), replica };
  const folder = cliFolder();
  const tls = from.standIn === null ? 'trustServerCertificate: true' : 'tls: { mode: disable }';
  const configure = (lines: string, count: number): void => {
    const numbers = Array.from({ length: count }, (_, at) => at + 1);
    const target = (n: number) => `replica${n}: { connection: replica${n}, createDatabase: true }`;
    const connection = (n: number) =>
      `  replica${n}: { engine: sqlserver, url: "\${TARGET_URL_${n}}", ${tls} }`;
    folder.write(
      'sluice.yaml',
      `version: 1
connections:
  primary: { engine: sqlserver, url: "\${SOURCE_URL}", ${tls} }
${numbers.map(connection).join('\n')}
pipelines:
  seed:
    source: { connection: primary, ${source} }
    targets: { ${numbers.map(target).join(', ')} }
${lines}`,
    );
  };
  configure(pipeline, replicas);
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    SOURCE_URL: ends.source.url,
    ...Object.fromEntries([1, 2, 3].map((n) => [`TARGET_URL_${n}`, replica(n).url])),
  };
  const { stop, ...processes } = seedProcesses(folder, env, 180_000);
  return {
    ...ends,
    ...processes,
    configure,
    script: (name, where = database) => databaseOf(from, where).sql(sqlOf(name)),
    close: async () => {
      await stop();
      folder.remove();
      await temporal.close();
      await Promise.all([from.close(), to.close()]);
    },
  };
}

export function sqlOf(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** The rows of a query, or none while its table is not there yet. */
export async function rowsOf(database: TestMsDatabase, sql: string): Promise<readonly MsRow[]> {
  try {
    return await database.sql(sql);
  } catch {
    return [];
  }
}
