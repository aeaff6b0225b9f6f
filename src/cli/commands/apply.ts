import { randomUUID } from 'node:crypto';
import { formatTableName } from '../../config/table-name.js';
import { offeredTables } from '../../session/discovered.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { namedTables, reconcile } from '../../session/reconcile.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { selectWhole, type SelectedPipeline } from '../select.js';
import { startedState } from '../started-state.js';
import { whoAmI } from '../table-command.js';
import { listText, plural } from '../text/amounts.js';

/** `--json`: an array of { pipeline, revision, added, detached, schedules, running }. */
export const register: Register = (program, cli) => {
  program
    .command('apply')
    .description('take over the configuration as it is now')
    .option('--confirm', 'even if it detaches more than a fifth of the tables')
    .action(acting(cli, (options: { confirm?: boolean }) => apply(cli, options.confirm === true)));
};

async function apply(cli: CliContext, confirmed: boolean): Promise<ExitCode> {
  const answers = [];
  for (const one of selectWhole((await cli.load()).config, cli.options, 'apply')) {
    const answer = await applyOne(cli, one, confirmed);
    answers.push(answer);
    if (cli.json) continue;
    const { added, detached } = answer;
    cli.print(`${one.name}: revision ${answer.revision}`);
    if (added.length > 0) cli.print(`  ${plural(added.length, 'new table')}: ${listText(added)}`);
    if (detached.length > 0) cli.print(`  detached: ${listText(detached)}; their rows stay`);
    for (const id of answer.schedules) {
      cli.print(`  the schedule ${id} is removed: the pipeline has no such target any more`);
    }
    if (!answer.running) cli.note('  The pipeline is not running; sluice start starts it.');
  }
  if (cli.json) cli.printJson(answers);
  return EXIT.ok;
}

async function applyOne(cli: CliContext, selected: SelectedPipeline, confirmed: boolean) {
  return cli.useClient(async (client) => {
    const attributes = (await client.missingSearchAttributes())?.length === 0;
    const change = await cli.use(selected.name, 'apply', async (session) => {
      const before = await readDifference(session);
      const facts = await reconcile(session, {
        attributes,
        worker: whoAmI(),
        detach: confirmed ? 'confirmed' : 'refuse',
      });
      return { ...before, revision: facts.revision, targets: session.targetNames };
    });
    const { targets, ...difference } = change;
    const { running } = await client.pipelineState(selected.name);
    if (running) {
      await client.commandPipeline(selected.name, 'applyConfig', {
        requestId: `cli-${randomUUID()}`,
        by: whoAmI(),
        reason: 'sluice apply',
      });
    }
    // Last: the configuration counts already, also where schedules may not be listed.
    const schedules = await client.schedules.ofGone(selected.name, targets);
    await client.schedules.removeAll(schedules);
    return { pipeline: selected.name, ...difference, schedules, running };
  });
}

/** What the configuration says now against what the targets know. */
async function readDifference(
  session: PipelineSession,
): Promise<{ added: string[]; detached: string[] }> {
  const models = namedTables(session, await session.models(), await offeredTables(session));
  const wanted = new Set(models.map((model) => formatTableName(model.name)));
  const [added, detached] = [new Set<string>(wanted), new Set<string>()];
  for (const name of session.targetNames) {
    const state = await startedState(session, name);
    if (state === null) continue;
    for (const row of await state.tables.list(session.pipeline)) {
      const table = formatTableName(row.source);
      if (row.wanted === 'detach') continue;
      added.delete(table);
      if (!wanted.has(table) && !row.discovered) detached.add(table);
    }
  }
  return { added: [...added], detached: [...detached] };
}
