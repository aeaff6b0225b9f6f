/** Two SQL Servers, the built worker and the built command: what the replays of the seeds share. */
import { expect } from 'vitest';
import { readFileSync } from 'node:fs';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { MsRow, TestMsDatabase } from '../../support/sqlserver/server.js';
import { openTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { cliFolder } from '../cli/run-cli.js';
import { WorkerProcess } from '../support/worker-process.js';

export interface SeedScene {
  readonly source: TestMsDatabase;
  readonly target: TestMsDatabase;
  /** One script of this folder, on a new session in the named database of the source. */
  script(name: string, database?: string): Promise<readonly MsRow[]>;
  /** Other lines of the pipeline, from now on. */
  configure(pipeline: string): void;
  startWorker(): Promise<void>;
  /** The built command; it has to end with 0. */
  sluice(...words: readonly string[]): Promise<string>;
  until(what: string, fact: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** `pipeline` are the pipeline's lines below its source and target, indented by four blanks. */
export async function openSeedScene(
  database: string,
  source: string,
  pipeline: string,
): Promise<SeedScene> {
  const temporal = await openTemporal(`seed ${database}`, { searchAttributes: SEARCH_ATTRIBUTES });
  const from = await openSqlServer('source');
  const to = await openSqlServer('target');
  const ends = { source: databaseOf(from, database), target: databaseOf(to, `${database} copy`) };
  const folder = cliFolder();
  const tls = from.standIn === null ? 'trustServerCertificate: true' : 'tls: { mode: disable }';
  const configure = (lines: string): void =>
    folder.write(
      'sluice.yaml',
      `version: 1
connections:
  primary: { engine: sqlserver, url: "\${SOURCE_URL}", ${tls} }
  replica: { engine: sqlserver, url: "\${TARGET_URL}", ${tls} }
pipelines:
  seed:
    source: { connection: primary, ${source} }
    targets: { replica: { connection: replica, createDatabase: true } }
${lines}`,
    );
  configure(pipeline);
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    SOURCE_URL: ends.source.url,
    TARGET_URL: ends.target.url,
  };
  let worker: WorkerProcess | null = null;
  return {
    ...ends,
    configure,
    script: (name, where = database) => databaseOf(from, where).sql(sqlOf(name)),
    startWorker: async () => {
      worker = await WorkerProcess.start(`${folder.path}/sluice.yaml`, env);
    },
    sluice: async (...words) => {
      const { code, out, err } = await folder.run(words, env);
      expect(code, `sluice ${words.join(' ')}\n${out}\n${err}`).toBe(0);
      return out;
    },
    until: async (what, fact) => {
      try {
        await waitFor(what, fact, { timeoutMs: 180_000, intervalMs: 200 });
      } catch (cause) {
        throw new Error(`${what}: in vain.\n${worker?.output.slice(-4_000) ?? ''}`, { cause });
      }
    },
    close: async () => {
      await worker?.kill();
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
