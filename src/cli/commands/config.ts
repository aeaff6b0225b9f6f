import { createSecretSource } from '../../config/environment.js';
import { formatIssue } from '../../config/issue.js';
import { configJsonSchemaText } from '../../config/json-schema.js';
import { readConfig } from '../../config/load.js';
import { formatShown, showConfig } from '../../config/show.js';
import { explainError } from '../../core/errors.js';
import { engineConfigs } from '../../engines/registry.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';

/**
 * `--json`: validate gives { valid, files, skipped, issues }, show gives an array of
 * { path, value, origin }. `schema` is JSON by nature.
 */
export const register: Register = (program, cli) => {
  const config = program.command('config').description('check and show the configuration');
  config
    .command('validate')
    .description('check the configuration without starting anything')
    .action(acting(cli, () => validate(cli)));
  config
    .command('show')
    .description('every value that counts and where it comes from, secrets masked')
    .action(acting(cli, () => show(cli)));
  config
    .command('schema')
    .description('the JSON Schema of a configuration file')
    .action(
      acting(cli, () => {
        cli.io.stdout.write(configJsonSchemaText(engineConfigs));
        return EXIT.ok;
      }),
    );
};

function validate(cli: CliContext): ExitCode {
  const path = cli.options.config;
  const reading = readConfig({
    engines: engineConfigs,
    cwd: cli.io.cwd,
    ...(path === undefined ? {} : { path }),
  });
  const { files, skipped, issues } = reading;
  const valid = reading.config !== undefined;
  if (cli.json) {
    cli.printJson({ valid, files, skipped, issues });
    return valid ? EXIT.ok : EXIT.usage;
  }
  for (const { file, reason } of skipped) cli.print(`${file} is passed over: ${reason}.`);
  for (const issue of issues) cli.print(formatIssue(issue));
  if (!valid) {
    cli.print(cli.style.red('The configuration is not valid; correct the lines named.'));
    return EXIT.usage;
  }
  const pipelines = Object.keys(reading.config.pipelines).join(', ');
  cli.print(`${cli.style.green('valid')}: ${files.join(', ')} (pipelines: ${pipelines})`);
  return EXIT.ok;
}

async function show(cli: CliContext): Promise<ExitCode> {
  const source = createSecretSource(cli.io.cwd, cli.io.env);
  const { loaded, failure } = await cli.tryLoad();
  if (failure !== null) cli.note(`Without the control tables: ${explainError(failure)}`);
  const values = showConfig(loaded, engineConfigs, source);
  if (cli.json) cli.printJson(values);
  else cli.print(formatShown(values));
  return EXIT.ok;
}
