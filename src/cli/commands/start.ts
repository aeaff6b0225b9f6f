import type { SluiceClient } from '../../client.js';
import type { TableRow } from '../../state/store.js';
import { awaitTables, type Verdict } from '../await-tables.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { exitCodeOfFindings, findingText } from '../inspect/finding.js';
import { inspectPipeline } from '../inspect/inspect.js';
import { allFindings } from '../inspect/inspection.js';
import { acting, type Register } from '../register.js';
import { selectForAction, selectWhole, type SelectedPipeline } from '../select.js';
import { isResting, startedText } from '../started-text.js';
import { styleFor } from '../text/style.js';
import { takeOver } from '../../session/take-over.js';
import { parseTimeout } from '../options.js';

interface StartOptions {
  readonly detach?: boolean;
  readonly timeout?: number;
  readonly check: boolean;
  readonly fromPosition?: string;
}

/** `--json`: an array of { pipeline, workflowId, runId }. */
export const register: Register = (program, cli) => {
  program
    .command('start')
    .description('start replicating, and wait until every table follows its source or is loaded')
    .option('--detach', 'print the workflow id instead of waiting')
    .option(
      '--from-position <position>',
      'copy nothing: the targets were restored from a backup made at this position of the source, and their slot holds the log from there',
    )
    .option('--no-check', 'do not look at the databases first')
    .option('--timeout <duration>', 'give up waiting after this (30s, 5m, 1h)', parseTimeout)
    .action(acting(cli, (options: StartOptions) => start(cli, options)));
};

async function start(cli: CliContext, options: StartOptions): Promise<ExitCode> {
  const { config } = await cli.load();
  // What was restored may be one target of several.
  const selected =
    options.fromPosition === undefined
      ? selectWhole(config, cli.options, 'start')
      : selectForAction(config, cli.options);
  if (options.check) {
    for (const one of selected) {
      const obstacle = await findObstacle(cli, one, options);
      if (obstacle !== null) return obstacle;
    }
  }
  const { fromPosition } = options;
  if (fromPosition !== undefined) {
    for (const one of selected) await takeOverAll(cli, one, fromPosition);
  }
  return cli.useClient(async (client) => {
    const started = [];
    for (const one of selected) {
      started.push({ pipeline: one.name, ...(await client.startPipeline(one.name)) });
    }
    if (cli.json) cli.printJson(started);
    else for (const one of started) cli.print(one.workflowId);
    if (options.detach === true) return EXIT.ok;
    return waitForAll(cli, client, selected, options);
  });
}

async function takeOverAll(
  cli: CliContext,
  selected: SelectedPipeline,
  position: string,
): Promise<void> {
  await cli.use(selected.name, 'start', async (session) => {
    for (const target of selected.targets) {
      const tables = await takeOver(session, target, position, 'cli');
      cli.note(`${target}: ${tables} tables follow from ${position} on.`);
    }
  });
}

async function waitForAll(
  cli: CliContext,
  client: SluiceClient,
  selected: readonly SelectedPipeline[],
  options: StartOptions,
): Promise<ExitCode> {
  let worst: ExitCode = EXIT.ok;
  for (const one of selected) {
    const code = await awaitTables(cli, {
      client,
      selected: one,
      patterns: ['*'],
      judge: judgeStart,
      timeoutMs: options.timeout ?? null,
      whenDone: (rows) => cli.note(`${one.name}: ${startedText(rows)}`),
    });
    if (code !== EXIT.ok) worst = code;
  }
  return worst;
}

export function judgeStart(row: TableRow): Verdict {
  if (row.phase === 'quarantined') return 'failed';
  if (isResting(row)) return 'done';
  return row.phase === 'streaming' ? 'done' : 'waiting';
}

/** What would stop the pipeline is said before anything is made anywhere. */
async function findObstacle(
  cli: CliContext,
  selected: SelectedPipeline,
  { fromPosition }: StartOptions,
): Promise<ExitCode | null> {
  const inspection = await cli.use(selected.name, 'start', (session) =>
    inspectPipeline(session, selected.targets),
  );
  // Restored rows are what a take-over starts from.
  const expected = fromPosition === undefined ? [] : ['TARGET_NOT_EMPTY', 'target.room'];
  const errors = allFindings(inspection).filter(
    ({ severity, code }) => severity === 'error' && !expected.includes(code),
  );
  if (errors.length === 0) return null;
  const style = styleFor(cli.io.stderr, cli.io.env);
  for (const finding of errors) cli.note(findingText(finding, style));
  cli.note(`Nothing was started. sluice check --pipeline ${selected.name} shows everything.`);
  return exitCodeOfFindings(errors);
}
