import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { exitCodeOfFindings } from '../inspect/finding.js';
import { inspectPipeline } from '../inspect/inspect.js';
import { planOf, type Plan } from '../inspect/plan.js';
import { planText } from '../inspect/plan-text.js';
import { acting, type Register } from '../register.js';
import { selectPipelines } from '../select.js';

/** `--json`: an array of Plan (inspect/plan.ts). */
export const register: Register = (program, cli) => {
  program
    .command('plan')
    .description('what start would create, copy and drop, and how long it takes; changes nothing')
    .action(acting(cli, () => plan(cli)));
};

async function plan(cli: CliContext): Promise<ExitCode> {
  const plans: Plan[] = [];
  for (const one of selectPipelines((await cli.load()).config, cli.options)) {
    const inspection = await cli.use(one.name, 'plan', (session) =>
      inspectPipeline(session, one.targets),
    );
    plans.push(planOf(inspection));
  }
  if (cli.json) cli.printJson(plans);
  else cli.print(plans.map((one) => planText(one, cli.style)).join('\n\n'));
  const obstacles = plans.flatMap((one) => one.obstacles);
  return obstacles.length === 0 ? EXIT.ok : exitCodeOfFindings(obstacles);
}
