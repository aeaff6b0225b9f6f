import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reconcile } from '../../../../src/session/reconcile.js';
import { PipelineSession, requireTable } from '../../../../src/session/pipeline-session.js';
import type { TableRow } from '../../../../src/state/store.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

const PIPELINE = 'shop';
export const TARGET = 'copy';

/** Two databases of one server and a configuration, as a session of Sluice sees them. */
export interface PipelineScene {
  readonly server: TestMsServer;
  readonly source: TestMsDatabase;
  readonly target: TestMsDatabase;
  readonly configPath: string;
  use<T>(work: (session: PipelineSession) => Promise<T>): Promise<T>;
  /** Agree on the configuration: what it includes becomes rows of the state store. */
  reconcile(): Promise<void>;
  row(table: string): Promise<TableRow>;
  /** Another configuration from here on. */
  configure(keys: MoreKeys): Promise<void>;
  close(): Promise<void>;
}

/** Keys beside the defaults of the pipeline, its source and its target. */
export interface MoreKeys {
  readonly pipeline?: Readonly<Record<string, unknown>>;
  readonly source?: Readonly<Record<string, unknown>>;
  readonly target?: Readonly<Record<string, unknown>>;
}

/** On the caller's server, or on one of its own; the target on another one where that is given. */
export async function openPipeline(
  label: string,
  more: MoreKeys = {},
  shared: TestMsServer | null = null,
  other: TestMsServer | null = null,
): Promise<PipelineScene> {
  const server = shared ?? (await openSqlServer());
  const source = await server.createDatabase(`${label} s`);
  const target = await (other ?? server).createDatabase(`${label} t`);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-ms-'));
  const configPath = join(folder, 'sluice.json');
  // The addresses hold passwords, so the configuration only refers to them.
  await writeFile(join(folder, 'from'), source.url);
  await writeFile(join(folder, 'to'), target.url);
  const configure = async (keys: MoreKeys): Promise<void> =>
    writeFile(configPath, JSON.stringify(configOf(folder, keys)));
  await configure(more);
  const use = async <T>(work: (session: PipelineSession) => Promise<T>): Promise<T> =>
    PipelineSession.use({ configPath }, PIPELINE, 'test', work);
  return {
    server,
    source,
    target,
    configPath,
    use,
    configure,
    reconcile: async () =>
      use(async (session) => {
        await reconcile(session, { attributes: false, worker: 'test', detach: 'confirmed' });
      }),
    row: async (slug) =>
      use(async (session) =>
        requireTable(await session.target(TARGET), { pipeline: PIPELINE, target: TARGET, slug }),
      ),
    close: async () => {
      await Promise.all([source.drop(), target.drop()]);
      await rm(folder, { recursive: true });
      if (shared === null) await server.close();
    },
  };
}

function configOf(folder: string, { pipeline, source, target }: MoreKeys): unknown {
  const connection = (name: string) => ({
    engine: 'sqlserver',
    url: `\${file:${join(folder, name)}}`,
  });
  return {
    version: 1,
    connections: { from: connection('from'), to: connection('to') },
    pipelines: {
      [PIPELINE]: {
        source: { connection: 'from', ...source },
        targets: { [TARGET]: { connection: 'to', ...target } },
        tables: { include: ['dbo.*'] },
        ...pipeline,
      },
    },
  };
}
