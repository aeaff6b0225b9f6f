import { setTimeout as delay } from 'node:timers/promises';
import type { CliContext } from '../context.js';
import { EXIT, exitCodeOfName, type ExitCode } from '../exit-codes.js';
import { unknownTable } from '../known-tables.js';
import { acting, type Register } from '../register.js';
import { selectPipelines } from '../select.js';
import { collectStatus } from '../status/collect.js';
import type { PipelineStatusFacts } from '../status/facts.js';
import { statusText } from '../status/status-text.js';
import { pipelineStatus, type PipelineStatus } from '../status/table-status.js';

const REDRAW_EVERY_MS = 2_000;

/** `--json`: an array of PipelineStatus (status/table-status.ts). */
export const register: Register = (program, cli) => {
  program
    .command('status')
    .description('where every table stands, why it does not move and what to do')
    .argument('[tables]', 'name or glob', '*')
    .option('--watch', 'draw it again every two seconds, until Ctrl-C')
    .action(
      acting(cli, async (tables: string, options: { watch?: boolean }) => {
        if (options.watch !== true) return show(cli, await read(cli, tables));
        for (;;) {
          const statuses = await read(cli, tables);
          if (cli.io.stdout.isTTY === true) cli.io.stdout.write('\u001b[H\u001b[2J');
          show(cli, statuses);
          await delay(REDRAW_EVERY_MS);
        }
      }),
    );
};

async function read(cli: CliContext, tables: string): Promise<PipelineStatus[]> {
  const selected = selectPipelines((await cli.load()).config, cli.options);
  const facts = await Promise.all(selected.map((one) => collectStatus(cli, one, tables)));
  refuseUnknown(facts, tables);
  return facts.map(pipelineStatus);
}

/** Only where every other table was read: what nobody can read may be what was meant. */
function refuseUnknown(facts: readonly PipelineStatusFacts[], pattern: string): void {
  const targets = facts.flatMap((one) => one.targets);
  if (targets.some(({ tables, trouble }) => tables.length > 0 || trouble !== null)) return;
  const others = targets.flatMap((target) => target.others);
  if (others.length > 0) throw unknownTable(pattern, others, pipelinesText(facts));
}

function pipelinesText(facts: readonly PipelineStatusFacts[]): string {
  const [first] = facts;
  return facts.length === 1 && first !== undefined
    ? `The pipeline ${first.pipeline}`
    : 'No pipeline that is meant';
}

function show(cli: CliContext, statuses: readonly PipelineStatus[]): ExitCode {
  if (cli.json) cli.printJson(statuses);
  else cli.print(statuses.map((status) => statusText(status, cli.style)).join('\n\n'));
  return exitCodeOfStatus(statuses);
}

/** 3 when somebody does not answer, 4 when somebody has to act, else 0. */
export function exitCodeOfStatus(statuses: readonly PipelineStatus[]): ExitCode {
  const [problem] = statuses.flatMap((status) => status.problems);
  if (problem !== undefined) return exitCodeOfName(problem.code);
  return statuses.some((status) => status.health === 'degraded') ? EXIT.degraded : EXIT.ok;
}
