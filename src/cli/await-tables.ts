/** Waits until the tables of some pipelines are where a command wants them, and shows how it goes. */
import { setTimeout as delay } from 'node:timers/promises';
import { formatTableName } from '../config/table-name.js';
import { selects } from '../config/select-pattern.js';
import { SluiceError } from '../core/errors.js';
import { pipelineId, TASK_QUEUES } from '../core/ids.js';
import type { SluiceClient } from '../client.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import type { CliContext } from './context.js';
import type { SelectedPipeline } from './select.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { startedState } from './started-state.js';
import { faultOf } from './status/lane-faults.js';
import { openProgress, type ProgressItem } from './text/progress.js';
import { plural } from './text/amounts.js';

export type Verdict = 'done' | 'waiting' | 'failed';

export interface Wait {
  readonly client: SluiceClient;
  readonly selected: SelectedPipeline;
  /** Names or globs; a table that any of them means is waited for. */
  readonly patterns: readonly string[];
  readonly judge: (row: TableRow) => Verdict;
  readonly timeoutMs: number | null;
}

const LOOK_EVERY_MS = 500;
const ASK_TEMPORAL_EVERY_MS = 3_000;
/** A worker that is starting needs a moment. */
const WORKER_GRACE_MS = 20_000;

/** 0 when every table is done, 1 when one failed, 6 when the time is over. */
export async function awaitTables(cli: CliContext, wait: Wait): Promise<ExitCode> {
  const progress = openProgress(cli.io.stderr);
  const started = Date.now();
  const watch = new TemporalWatch(wait.client, wait.selected.name, (text) => cli.note(text));
  try {
    return await cli.use(wait.selected.name, 'wait', async (session) => {
      for (;;) {
        const rows = await readRows(session, wait);
        progress.show(rows.map((row) => itemOf(row, wait)));
        const open = rows.filter((row) => wait.judge(row) === 'waiting');
        if (rows.length > 0 && open.length === 0) return conclude(cli, rows, wait, progress);
        await watch.look(rows.length > 0);
        if (wait.timeoutMs !== null && Date.now() - started > wait.timeoutMs) {
          progress.stop();
          cli.note(`The time is over; ${plural(open.length, 'table')} still at work.`);
          return EXIT.timeout;
        }
        await delay(LOOK_EVERY_MS);
      }
    });
  } finally {
    progress.stop();
  }
}

function conclude(
  cli: CliContext,
  rows: readonly TableRow[],
  wait: Wait,
  progress: { stop(): void },
): ExitCode {
  progress.stop();
  const failed = rows.filter((row) => wait.judge(row) === 'failed');
  for (const row of failed) {
    const code = row.faultCode === null ? '' : ` [${row.faultCode}]`;
    cli.note(
      `error: ${formatTableName(row.source)} → ${row.target}: ` +
        `${row.faultMessage ?? 'it was quarantined'}${code}. ` +
        `Mend the cause and run sluice retry ${formatTableName(row.source)}.`,
    );
  }
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

async function readRows(session: PipelineSession, wait: Wait): Promise<TableRow[]> {
  const all: TableRow[] = [];
  for (const name of wait.selected.targets) {
    const state = await startedState(session, name);
    if (state === null) continue;
    const rows = await state.tables.list(wait.selected.name);
    all.push(...rows.filter((row) => row.target === name && meant(row, wait.patterns)));
  }
  return all;
}

export function meant(row: TableRow, patterns: readonly string[]): boolean {
  if (row.phase === 'detached' || row.phase === 'removed') return false;
  return patterns.some(
    (pattern) => selects(pattern, row.source) || selects(pattern, row.targetTable),
  );
}

function itemOf(row: TableRow, wait: Wait): ProgressItem {
  const several = wait.selected.targets.length > 1;
  const estimated = row.rowsEstimated ?? 0;
  const done = wait.judge(row) === 'done';
  return {
    name: formatTableName(row.source) + (several ? ` → ${row.target}` : ''),
    done: row.rowsCopied,
    total: done ? row.rowsCopied : estimated,
    note: row.phase,
  };
}

/** Somebody has to do the work: without a worker, or with a fault, waiting has no end. */
class TemporalWatch {
  #askedAt = 0;
  #faults = 0;
  #said: string | null = null;
  readonly #started = Date.now();

  constructor(
    private readonly client: SluiceClient,
    private readonly pipeline: string,
    private readonly note: (text: string) => void,
  ) {}

  async look(hasTables: boolean): Promise<void> {
    const now = Date.now();
    if (now - this.#askedAt < ASK_TEMPORAL_EVERY_MS) return;
    this.#askedAt = now;
    if ((await this.client.countPollers(TASK_QUEUES.control)) === 0) {
      if (now - this.#started > WORKER_GRACE_MS) throw noWorker(this.pipeline);
      return;
    }
    const fault = await faultOf(this.client, pipelineId(this.pipeline));
    this.#faults = fault === null ? 0 : this.#faults + 1;
    if (fault === null || this.#faults < 2) return;
    if (!hasTables) throw waits(this.pipeline, fault);
    if (this.#said !== fault) this.note(`${this.pipeline} waits after a failure: ${fault}`);
    this.#said = fault;
  }
}

function noWorker(pipeline: string): SluiceError {
  return new SluiceError('WORKER_MISSING', `No worker serves the pipeline ${pipeline}.`, {
    remedy: 'Start one with sluice worker: what was asked for is carried out then.',
  });
}

function waits(pipeline: string, fault: string): SluiceError {
  return new SluiceError('COMMAND_INVALID', `The pipeline ${pipeline} cannot begin: ${fault}`, {
    remedy: 'Mend the cause; it is tried again by itself. sluice check says more.',
  });
}
