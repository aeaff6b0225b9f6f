import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, type Client } from '@temporalio/client';
import { ERROR_KINDS, type ErrorCode } from '../../src/core/errors.js';
import { tableId } from '../../src/core/ids.js';
import type {
  ControlActivities,
  CopyActivities,
  EpochRef,
  FollowActivities,
  StreamActivities,
  TableRef,
  VerifyActivities,
  WatchActivities,
  WatchResult,
} from '../../src/core/protocol.js';
import type { FakeDatabase, FakeTable } from './fake-database.js';
import { Script } from './script.js';

const PAGE = 200;
const QUIET: WatchResult = { reconcile: false, why: null, attention: [], commands: [] };

export interface FakeActivities {
  readonly script: Script;
  readonly control: ControlActivities & WatchActivities & FollowActivities;
  readonly copy: CopyActivities;
  readonly stream: StreamActivities;
  readonly verify: VerifyActivities;
}

/** Every activity of the protocol over a database in memory, obeying the script of a test. */
export function fakeActivities(
  database: FakeDatabase,
  client: Client,
  script = new Script(),
): FakeActivities {
  return {
    script,
    control: { ...control(database, client, script), ...watch(database, script) },
    copy: copy(database, script),
    stream: stream(database, script),
    verify: verify(script),
  };
}

/** A failure as the real activities throw them. */
export function failure(code: ErrorCode, message = 'as scripted'): ApplicationFailure {
  const nonRetryable = ERROR_KINDS[code] !== 'transient';
  return ApplicationFailure.create({ message, type: code, nonRetryable });
}

function control(database: FakeDatabase, client: Client, script: Script): ControlActivities {
  const of = (ref: TableRef): FakeTable => database.table(ref.slug, ref.target);
  const facts = (ref: TableRef): ReturnType<FakeDatabase['facts']> =>
    database.facts(ref.slug, ref.target);
  return {
    reconcilePipeline: () => script.run('reconcilePipeline', '', () => database.pipelineFacts()),
    missingTables: (ref) =>
      script.run('missingTables', ref.target, async () => {
        const rows = page(database, ref.target, ref.after);
        const running = await Promise.all(rows.map((row) => isRunning(client, ref.pipeline, row)));
        const missing = rows.filter(
          (row, n) => running[n] !== true && !['detached', 'removed'].includes(row.phase),
        );
        return { slugs: missing.map((row) => row.slug), next: nextOf(rows) };
      }),
    matchTables: (ref) =>
      script.run('matchTables', ref.target, () => {
        const rows = page(database, ref.target, ref.after);
        const isAsked = (row: (typeof rows)[number]): boolean =>
          ref.awake !== true || (row.enabled && row.wanted === 'run');
        const hits = rows.filter((row) => isMeant(ref.pattern, row.slug) && isAsked(row));
        return { slugs: hits.map((row) => row.slug), next: nextOf(rows) };
      }),
    readTable: (ref) => script.run('readTable', ref.slug, () => facts(ref)),
    controlTable: (ref) =>
      script.run('controlTable', ref.slug, async () => {
        database.obey(of(ref), ref.command);
        return facts(ref) ?? Promise.reject(new Error('gone'));
      }),
    pauseTable: (ref) =>
      script.run('pauseTable', ref.slug, () => {
        if (of(ref).phase === 'streaming') of(ref).phase = 'paused';
      }),
    quarantineTable: (ref) =>
      script.run('quarantineTable', ref.slug, () => {
        database.quarantine(of(ref), ref.code);
      }),
    detachTable: (ref) =>
      script.run('detachTable', ref.slug, () => {
        of(ref).phase = 'detached';
      }),
    answerCommand: (ref) =>
      script.run('answerCommand', ref.target, () => {
        database.answers.push(`${ref.requestId}: ${ref.answer}`);
      }),
    recordRejected: (ref) =>
      script.run('recordRejected', '', () => {
        database.events.push(`rejected ${ref.message}`);
      }),
  };
}

/** A name, or the beginning of names. */
function isMeant(pattern: string, slug: string): boolean {
  return pattern.endsWith('*') ? slug.startsWith(pattern.slice(0, -1)) : slug === pattern;
}

function watch(database: FakeDatabase, script: Script): WatchActivities & FollowActivities {
  return {
    followTarget: (ref) =>
      script.run('followTarget', `${ref.what} ${ref.target}`, async () => {
        const known = JSON.stringify(ref.trouble ?? []);
        const isNews = (): boolean => JSON.stringify(database.unfollowed) !== known;
        while (!Context.current().cancellationSignal.aborted && !isNews()) await beat();
        return { trouble: database.unfollowed };
      }),
    watchPipeline: (ref) =>
      script.run('watchPipeline', '', async () => {
        const { forMs } = ref;
        const until = Date.now() + (forMs ?? Infinity);
        while (!Context.current().cancellationSignal.aborted && Date.now() < until) {
          const differs = ref.revision !== String(database.revision);
          if (differs && forMs === undefined) return { ...QUIET, reconcile: true };
          const commands = database.sqlCommands.splice(0);
          const attention = [...database.attention].map(([target, slugs]) => ({
            target,
            slugs: [...slugs],
          }));
          database.attention.clear();
          if (commands.length + attention.length > 0) return { ...QUIET, commands, attention };
          await beat();
        }
        return QUIET;
      }),
  };
}

function copy(database: FakeDatabase, script: Script): CopyActivities {
  const of = (ref: TableRef): FakeTable => database.table(ref.slug, ref.target);
  const inEpoch = (ref: EpochRef): FakeTable => {
    const table = of(ref);
    if (String(table.epoch) !== ref.epoch) throw failure('STALE_EPOCH');
    return table;
  };
  return {
    bootstrapTable: (ref) =>
      script.run('bootstrapTable', ref.slug, () => {
        const table = of(ref);
        if (table.phase === 'new') table.phase = 'bootstrapping';
        table.bootstrapped += 1;
      }),
    beginEpoch: (ref) =>
      script.run('beginEpoch', ref.slug, () => beginEpoch(of(ref), ref.requestId)),
    awaitHandOver: (ref) =>
      script.run('awaitHandOver', ref.slug, () => ({ ready: true, waitingFor: null })),
    prepareStage: (ref) =>
      script.run('prepareStage', ref.slug, () => ({ chunks: inEpoch(ref).chunks })),
    copyChunks: (ref) =>
      script.run(
        'copyChunks',
        ref.slug,
        () => copyChunks(inEpoch(ref)),
        `${ref.epoch}/${ref.lane}`,
      ),
    finishStage: (ref) => script.run('finishStage', ref.slug, () => undefined),
    cutOver: (ref) =>
      script.run('cutOver', ref.slug, () => {
        inEpoch(ref).phase = 'streaming';
        return { done: true, detail: 'swap' };
      }),
    afterCutOver: (ref) => script.run('afterCutOver', ref.slug, () => undefined),
    resumeTable: (ref) =>
      script.run('resumeTable', ref.slug, () => {
        of(ref).phase = 'streaming';
        return { done: true, detail: 'resumed' };
      }),
  };
}

function beginEpoch(table: FakeTable, requestId: string): { epoch: string } {
  if (table.begunBy !== requestId) {
    table.begunBy = requestId;
    table.epoch += 1;
    table.rowsCopied = 0;
    table.chunks = 4;
    table.phase = 'fullSync';
    table.faultCode = null;
  }
  return { epoch: String(table.epoch) };
}

async function copyChunks(
  table: FakeTable,
): Promise<{ done: boolean; paused: boolean; rows: number }> {
  const { cancellationSignal } = Context.current();
  let rows = 0;
  while (!cancellationSignal.aborted) {
    if (table.wanted !== 'run' || !table.enabled) return { done: false, paused: true, rows };
    if (table.chunks <= 0) return { done: true, paused: false, rows };
    table.chunks -= 1;
    rows += 100;
    table.rowsCopied += 100;
    await beat();
  }
  return { done: false, paused: false, rows };
}

function stream(database: FakeDatabase, script: Script): StreamActivities {
  const lane = (ref: { target: string; n: number }): { position: number; runs: number } => {
    const key = `${ref.target}/${ref.n}`;
    const found = database.lanes.get(key) ?? { position: 0, runs: 0, paused: false };
    database.lanes.set(key, found);
    return found;
  };
  return {
    pollTable: (ref) =>
      script.run('pollTable', ref.slug, async () => {
        await untilCancelled();
        return { rows: 0, detail: 'cancelled' };
      }),
    applyChanges: (ref) =>
      script.run('applyChanges', ref.target, async () => {
        lane(ref).runs += 1;
        while (!Context.current().cancellationSignal.aborted) {
          const result = database.laneResults.shift();
          if (result !== undefined) return result;
          if (ref.afterFailure === true) break;
          await beat();
        }
        return { reason: 'border', detail: null, transactions: 0, changes: 0 } as const;
      }),
    handleGap: (ref) =>
      script.run('handleGap', ref.target, () => {
        database.gaps.push(ref.reason);
        for (const table of database.ofTarget(ref.target)) {
          database.quarantine(table, 'FEED_GAP');
          database.wake(table.slug, ref.target);
        }
        return { tables: database.ofTarget(ref.target).length };
      }),
  };
}

function verify(script: Script): VerifyActivities {
  return {
    verifyTable: ({ slug }) =>
      script.run('verifyTable', slug, () => ({
        slug,
        result: 'passed' as const,
        sourceRows: 1,
        targetRows: 1,
        differences: 0,
        repaired: 0,
      })),
    verifyContinuously: (ref) =>
      script.run('verifyContinuously', ref.target, async () => {
        await untilCancelled();
        return { passed: 0, failed: 0, unsettled: 0, errors: 0 };
      }),
  };
}

function page(database: FakeDatabase, target: string, after: string): FakeTable[] {
  return database
    .ofTarget(target)
    .filter((table) => table.slug > after)
    .sort((a, b) => (a.slug < b.slug ? -1 : 1))
    .slice(0, PAGE);
}

function nextOf(rows: readonly FakeTable[]): string | null {
  return rows.length < PAGE ? null : (rows.at(-1)?.slug ?? null);
}

async function isRunning(client: Client, pipeline: string, row: FakeTable): Promise<boolean> {
  try {
    const id = tableId({ pipeline, target: row.target, slug: row.slug });
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === 'RUNNING';
  } catch {
    return false;
  }
}

async function untilCancelled(): Promise<void> {
  while (!Context.current().cancellationSignal.aborted) await beat();
}

/** One turn of a loop of an activity: a heartbeat and a moment, cut short by a cancellation. */
async function beat(): Promise<void> {
  Context.current().heartbeat();
  try {
    await Context.current().sleep(30);
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
  }
}
