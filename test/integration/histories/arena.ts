import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PipelineSession } from '../../../src/session/pipeline-session.js';
import { reconcile } from '../../../src/session/reconcile.js';
import type { FeedKind } from '../../../src/core/feed-kind.js';
import type { End, Kind, SourceEnd } from './ends.js';
import type { History } from './history.js';

export const TARGET = 'copy';

/** Both ends and a configuration between them. */
export interface Arena {
  readonly source: SourceEnd;
  readonly target: End;
  readonly feed: FeedKind;
  readonly configPath: string;
  readonly pipeline: string;
  use<T>(work: (session: PipelineSession) => Promise<T>): Promise<T>;
  /** Agree on the configuration; returns the lanes that a pipeline's workflow would run. */
  reconcile(): Promise<readonly number[]>;
  close(): Promise<void>;
}

let arenas = 0;

export async function openArena(
  source: SourceEnd,
  target: End,
  feed: FeedKind,
  kinds: readonly Kind[],
  history: History,
): Promise<Arena> {
  arenas += 1;
  // Slots, and what a process remembers of a source, go by it.
  const pipeline = `history_${String(process.pid)}_${String(arenas)}`;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-history-'));
  const configPath = join(folder, 'sluice.json');
  // The addresses hold passwords, so the configuration only refers to them.
  await writeFile(join(folder, 'from'), source.url);
  await writeFile(join(folder, 'to'), target.url);
  const config = {
    version: 1,
    connections: { from: connection(source, folder, 'from'), to: connection(target, folder, 'to') },
    pipelines: {
      [pipeline]: {
        source: { connection: 'from', ...source.keys },
        targets: { [TARGET]: { connection: 'to' } },
        ...pipelineKeys(source, feed, kinds, history),
      },
    },
  };
  await writeFile(configPath, JSON.stringify(config));
  const use = async <T>(work: (session: PipelineSession) => Promise<T>): Promise<T> =>
    PipelineSession.use({ configPath }, pipeline, 'test', work);
  return {
    source,
    target,
    feed,
    configPath,
    pipeline,
    use,
    reconcile: async () =>
      use(async (session) => {
        const options = { attributes: false, worker: 'test', detach: 'confirmed' } as const;
        const { targets } = await reconcile(session, options);
        return targets[0]?.lanes ?? [];
      }),
    close: async () => {
      await Promise.all([source.close(), target.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

function connection({ engine }: End, folder: string, name: string): unknown {
  const url = `\${file:${join(folder, name)}}`;
  return engine === 'postgres' ? { engine, url, tls: { mode: 'disable' } } : { engine, url };
}

function pipelineKeys(
  { schema, engine }: SourceEnd,
  feed: FeedKind,
  kinds: readonly Kind[],
  { ties, batch }: History,
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const kind of kinds) settings[`${schema}.${kind.table}`] = kind.settings ?? {};
  return {
    tables: { include: [`${schema}.*`], settings },
    defaults: {
      parallelism: 1,
      ...(engine === 'postgres'
        ? { chunk: { bytes: '16KB' } }
        : { chunk: { rows: 10 }, mode: feed, poll: { [feed]: '200ms' } }),
    },
    ...ties,
    batch,
  };
}
