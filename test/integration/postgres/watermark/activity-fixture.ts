import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { streamActivities } from '../../../../src/activities/lane/apply-changes.js';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { verifyActivities } from '../../../../src/activities/verify/verify.js';
import { watchResetTriggers } from '../../../../src/activities/watch/watch-reset-triggers.js';
import type {
  AddressedCommand,
  CopyActivities,
  CopyLane,
  VerifyResult,
  StreamActivities,
} from '../../../../src/core/protocol.js';
import type { Finding } from '../../../../src/engines/contract/schema.js';
import { PipelineSession, requireTable } from '../../../../src/session/pipeline-session.js';
import { reconcile } from '../../../../src/session/reconcile.js';
import type { TableRow } from '../../../../src/state/store.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';

const TARGET = 'copy';

/** Two databases and a configuration; the activities run as a worker would run them. */
export interface Shop {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly configPath: string;
  /** Its name is this shop's alone: slots, and what a process remembers of a source, go by it. */
  readonly pipeline: string;
  /** Agree on the configuration: every table of the source becomes one of the state store. */
  reconcile(): Promise<void>;
  row(table: string): Promise<TableRow>;
  /** From nothing to visible, as the table's workflow does it; `during` runs before the cut-over. */
  fullSync(table: string, requestId: string, during?: During, lane?: CopyLane): Promise<void>;
  /** Let a paused table go on, as its workflow does it. */
  resume(table: string): Promise<void>;
  /** Follow the change feed, as the lane's workflow does it; `stop` says what it failed with. */
  startLane(): { stop(): Promise<void> };
  /** Poll until `enough` says so or the poll ends by itself; returns why it ended. */
  pollUntil(table: string, enough: () => Promise<boolean>): Promise<string>;
  /** Compare every row of a table now. */
  verify(table: string): Promise<VerifyResult>;
  watchResetTriggers(): Promise<readonly AddressedCommand[]>;
  /** Work with the configuration's databases as an activity does. */
  use<T>(work: (session: PipelineSession) => Promise<T>): Promise<T>;
  /** What `check` says of a reset trigger column of public.t. */
  findReset(column: string): Promise<{ findings: readonly Finding[] }>;
  close(): Promise<void>;
}

/** Keys beside those of the tables: of the pipeline, its source, its target and both connections. */
export interface MoreKeys {
  readonly pipeline?: Record<string, unknown>;
  readonly source?: Record<string, unknown>;
  readonly target?: Record<string, unknown>;
  readonly connections?: Record<string, unknown>;
  /** Default: the one that the run shares. */
  readonly server?: { url(database: string): string };
}

let shops = 0;

/** `settings` are the table settings of every table, `care` is that of the source; JSON. */
export async function openShop(
  version: PostgresVersion,
  label: string,
  settings: Record<string, unknown>,
  care: Record<string, unknown> = {},
  more: MoreKeys = {},
): Promise<Shop> {
  shops += 1;
  const pipeline = `shop${version}_${String(process.pid)}_${String(shops)}`;
  const server = more.server ?? sharedPostgres(version);
  const source = await createDatabase(server, `${label} s`);
  const target = await createDatabase(server, `${label} t`);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-poll-'));
  const configPath = join(folder, 'sluice.json');
  await writeFile(join(folder, 'from'), source.url);
  await writeFile(join(folder, 'to'), target.url);
  await writeFile(configPath, JSON.stringify(configOf(folder, pipeline, settings, care, more)));
  const session = { configPath };
  const copy = copyActivities({ session } as unknown as Dependencies);
  const stream = streamActivities({ session } as unknown as Dependencies);
  const compare = verifyActivities({ session } as unknown as Dependencies);
  const use = async <T>(work: (session: PipelineSession) => Promise<T>): Promise<T> =>
    PipelineSession.use(session, pipeline, 'test', work);
  const ref = (table: string) => ({ pipeline, target: TARGET, slug: table });
  const row = async (table: string) =>
    use(async (open) => requireTable(await open.target(TARGET), ref(table)));
  return {
    source,
    target,
    configPath,
    pipeline,
    reconcile: async () =>
      use(async (open) => {
        await reconcile(open, { attributes: false, worker: 'test', detach: 'confirmed' });
      }),
    row,
    use,
    fullSync: async (table, ...how) => fullSync(copy, ref(table), ...how),
    resume: async (table) => {
      const resume = async (): Promise<unknown> => copy.resumeTable(ref(table));
      await new MockActivityEnvironment().run<[], unknown, typeof resume>(resume);
    },
    startLane: () => startLane(stream, { pipeline, target: TARGET, n: 0 }),
    pollUntil: async (table, enough) => pollUntil(stream, ref(table), enough),
    verify: async (table) => {
      const request = { ...ref(table), scope: 'full', repair: false } as const;
      const verify = async (): Promise<VerifyResult> => compare.verifyTable(request);
      return new MockActivityEnvironment().run<[], VerifyResult, typeof verify>(verify);
    },
    watchResetTriggers: async () => use(async (open) => watchResetTriggers(open, TARGET)),
    findReset: async (column) =>
      use(async (open) => {
        const database = await open.source();
        const [model] = await database.listTables([{ schema: 'public', table: 't' }]);
        if (model === undefined) throw new Error('The table is not there.');
        return { findings: await database.resetTriggers.findings(model, column) };
      }),
    close: async () => {
      await Promise.all([source.drop(), target.drop()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** The addresses hold passwords, so the configuration only refers to them. */
function configOf(
  folder: string,
  pipeline: string,
  defaults: Record<string, unknown>,
  care: Record<string, unknown>,
  { connections, ...more }: MoreKeys,
): unknown {
  const connection = (name: string) => ({
    engine: 'postgres',
    url: `\${file:${join(folder, name)}}`,
    tls: { mode: 'disable' },
    ...connections,
  });
  return {
    version: 1,
    connections: { from: connection('from'), to: connection('to') },
    pipelines: {
      [pipeline]: {
        source: { connection: 'from', care, ...more.source },
        targets: { [TARGET]: { connection: 'to', ...more.target } },
        tables: { include: ['public.*'] },
        defaults,
        ...more.pipeline,
      },
    },
  };
}

function startLane(
  stream: StreamActivities,
  ref: { pipeline: string; target: string; n: number },
): { stop(): Promise<void> } {
  const environment = new MockActivityEnvironment();
  const apply = async (): Promise<unknown> => stream.applyChanges(ref);
  const running = environment.run<[], unknown, typeof apply>(apply);
  running.catch(() => undefined);
  return {
    stop: async () => {
      environment.cancel();
      await running;
    },
  };
}

type During = () => Promise<void>;
type Ref = { pipeline: string; target: string; slug: string };

async function fullSync(
  copy: CopyActivities,
  ref: Ref,
  requestId: string,
  during: During = async () => Promise.resolve(),
  lane: CopyLane = { lane: 0, lanes: 1 },
): Promise<void> {
  const once = async <R>(activity: () => Promise<R>): Promise<R> =>
    new MockActivityEnvironment().run<[], R, () => Promise<R>>(activity);
  // A table that was copied before is prepared already: see `nextStep`.
  if (requestId.startsWith('first-')) await once(async () => copy.bootstrapTable(ref));
  const request = { ...ref, requestId, reason: 'a test' };
  const { epoch } = await once(async () => copy.beginEpoch(request));
  if (epoch === '0') return;
  const of = { ...ref, epoch };
  await untilDone('it is handed over', async () => {
    return (await once(async () => copy.awaitHandOver(of))).ready;
  });
  await once(async () => copy.prepareStage(of));
  await once(async () => copy.copyChunks({ ...of, ...lane }));
  await during();
  await once(async () => copy.finishStage(of));
  await untilDone('it is cut over', async () => (await once(async () => copy.cutOver(of))).done);
  await once(async () => copy.afterCutOver(of));
}

/** A step that comes back to say what it waits for is done again; what it throws is handed on. */
async function untilDone(what: string, step: () => Promise<boolean>): Promise<void> {
  const thrown: unknown[] = [];
  await waitFor(what, () =>
    step().catch((error: unknown) => {
      thrown.push(error);
      return true;
    }),
  );
  if (thrown.length > 0) throw thrown[0];
}

/** Cancels the activity, as a worker that drains does, and hands on what it failed with. */
async function pollUntil(
  stream: StreamActivities,
  ref: Ref,
  enough: () => Promise<boolean>,
): Promise<string> {
  const environment = new MockActivityEnvironment();
  const ended = { yes: false };
  const poll = async (): Promise<{ detail: string }> => stream.pollTable(ref);
  const polling = environment
    .run<[], { detail: string }, typeof poll>(poll)
    .finally(() => (ended.yes = true));
  polling.catch(() => undefined);
  try {
    await waitFor('the poll got there', async () => ended.yes || (await enough()));
  } finally {
    environment.cancel();
  }
  return (await polling).detail;
}
