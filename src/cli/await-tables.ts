/** Waits until the tables of some pipelines are where a command wants them, and shows how it goes. */
import { setTimeout as delay } from 'node:timers/promises';
import { formatTableName } from '../config/table-name.js';
import { selects } from '../config/select-pattern.js';
import { withCode } from '../core/errors.js';
import type { SluiceClient } from '../client.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import type { CliContext } from './context.js';
import type { SelectedPipeline } from './select.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { faultRemedy } from './fault-remedy.js';
import { startedState } from './started-state.js';
import { TemporalWatch } from './temporal-watch.js';
import type { Progress, ProgressItem } from './text/progress.js';
import { plural } from './text/amounts.js';

export type Verdict = 'done' | 'waiting' | 'failed';

export interface Wait {
  readonly client: SluiceClient;
  readonly selected: SelectedPipeline;
  /** Names or globs; a table that any of them means is waited for. */
  readonly patterns: readonly string[];
  readonly judge: (row: TableRow) => Verdict;
  readonly timeoutMs: number | null;
  /** Told the tables once every one is done. */
  readonly whenDone?: (rows: readonly TableRow[]) => void;
}

const GOES_ON = 'Nobody waits any longer; the work goes on. sluice status --watch shows it.';
const LOOK_EVERY_MS = 500;

/** 0 when every table is done, 1 when one failed, 6 when the time is over. */
export async function awaitTables(cli: CliContext, wait: Wait): Promise<ExitCode> {
  return cli.whileWaiting(GOES_ON, (progress) => untilDone(cli, wait, progress));
}

async function untilDone(cli: CliContext, wait: Wait, progress: Progress): Promise<ExitCode> {
  const started = Date.now();
  const watch = new TemporalWatch(wait.client, wait.selected.name, (text) => cli.note(text));
  return cli.use(wait.selected.name, 'wait', async (session) => {
    for (;;) {
      const rows = await readRows(session, wait);
      progress.show(rows.map((row) => itemOf(row, wait)));
      const open = rows.filter((row) => wait.judge(row) === 'waiting');
      if (rows.length > 0 && open.length === 0) {
        progress.stop();
        return conclude(cli, rows, wait);
      }
      await watch.look(rows.length > 0);
      if (wait.timeoutMs !== null && Date.now() - started > wait.timeoutMs) {
        progress.stop();
        cli.note(`The time is over; ${plural(open.length, 'table')} still at work.`);
        return EXIT.timeout;
      }
      await delay(LOOK_EVERY_MS);
    }
  });
}

function conclude(cli: CliContext, rows: readonly TableRow[], wait: Wait): ExitCode {
  const failed = rows.filter((row) => wait.judge(row) === 'failed');
  for (const row of failed) cli.note(failureText(row));
  if (failed.length > 0) return EXIT.failed;
  wait.whenDone?.(rows);
  return EXIT.ok;
}

export function failureText(row: TableRow): string {
  const { faultCode, faultMessage } = row;
  const said = faultMessage ?? 'It was quarantined.';
  const message = faultCode === null ? said : withCode(said, faultCode);
  const name = `${formatTableName(row.source)} → ${row.target}`;
  return `error: ${name}: ${message} ${faultRemedy(row)}`;
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
