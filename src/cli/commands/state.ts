import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { selectForAction } from '../select.js';

/** `--json` (without --print): an array of { pipeline, target, from, to }. */
export const register: Register = (program, cli) => {
  const state = program
    .command('state')
    .description('the schema sluice in a target, where Sluice keeps what it knows');
  state
    .command('init')
    .description('create it, so that workers need no right to create schemas')
    .option('--print', 'print the script for a DBA instead; connects to nothing')
    .action(acting(cli, (options: { print?: boolean }) => run(cli, options.print === true, 0)));
  state
    .command('upgrade')
    .description('bring it to this release')
    .option('--print', 'print the script for a DBA instead')
    .action(acting(cli, (options: { print?: boolean }) => run(cli, options.print === true, null)));
};

/** `from` null: the version that the target has. */
async function run(cli: CliContext, print: boolean, from: number | null): Promise<ExitCode> {
  const control = await controlTables(cli, print);
  if (control === 'alone') return EXIT.ok;
  const done: { pipeline: string; target: string; from: number; to: number }[] = [];
  const scripts = new Set<string>();
  for (const one of selectForAction((await cli.load()).config, cli.options)) {
    for (const name of one.targets) {
      await cli.use(one.name, 'state', async (session) => {
        const { state } = await session.target(name);
        if (print) {
          scripts.add(await state.script(from ?? (await state.history.version())));
          return;
        }
        const versions = await state.migrate();
        done.push({ pipeline: one.name, target: name, ...versions });
        if (cli.json) return;
        cli.print(
          versions.from === versions.to
            ? `${name}: version ${String(versions.to)} is there already.`
            : `${name}: brought from version ${String(versions.from)} to ${String(versions.to)}.`,
        );
      });
    }
  }
  if (print) cli.print([...scripts].join('\n'));
  else if (cli.json) cli.printJson(done);
  return EXIT.ok;
}

/**
 * The control tables come first: rows in them declare pipelines. Without `--pipeline` and unless
 * there is exactly one pipeline, they are all that is meant.
 */
async function controlTables(cli: CliContext, print: boolean): Promise<'alone' | 'also' | 'none'> {
  const { controlTables: section, pipelines } = cli.loadFiles().config;
  if (section === undefined || cli.options.pipeline !== undefined) return 'none';
  await cli.useControlReader(async (reader) => {
    const tables = await reader.tables();
    if (tables === null) return;
    if (print) {
      cli.print(tables.script());
      return;
    }
    await tables.prepare();
    cli.note(`The control tables on the connection ${section.connection} are there.`);
  });
  if (Object.keys(pipelines).length === 1) return 'also';
  cli.note("For the destinations, name pipelines: --pipeline '*'.");
  return 'alone';
}
