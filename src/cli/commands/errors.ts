import { formatTableName } from '../../config/table-name.js';
import { withCode } from '../../core/errors.js';
import type { ErrorRow } from '../../state/history.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { parseCount } from '../options.js';
import { eachState } from '../read-state.js';
import { acting, type Register } from '../register.js';
import { agoText } from '../text/amounts.js';

interface ErrorsOptions {
  readonly all?: boolean;
  readonly limit: number;
}

/** `--json`: an array of ErrorRow (src/state/history.ts), table as schema.table. */
export const register: Register = (program, cli) => {
  program
    .command('errors')
    .description('what went wrong and is not settled, newest first')
    .option('--all', 'also what is settled')
    .option('--limit <count>', 'at most so many per target', parseCount, 50)
    .action(acting(cli, (options: ErrorsOptions) => errors(cli, options)));
};

async function errors(cli: CliContext, options: ErrorsOptions): Promise<ExitCode> {
  const rows = await eachState(cli, 'errors', async ({ pipeline, target, state }) => {
    const open = options.all !== true;
    const found = await state.history.errors({ pipeline, open, limit: options.limit });
    return found.filter((row) => row.target === target);
  });
  rows.sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  if (cli.json) cli.printJson(rows.map((row) => ({ ...row, table: nameOf(row) })));
  else if (rows.length === 0) cli.print('No open errors.');
  else for (const row of rows) cli.print(errorText(row, new Date()));
  return EXIT.ok;
}

function nameOf(row: ErrorRow): string | null {
  return row.table === null ? null : formatTableName(row.table);
}

export function errorText(row: ErrorRow, now: Date): string {
  const times = row.occurrences > 1 ? `, ${String(row.occurrences)} times` : '';
  const where = `${nameOf(row) ?? row.pipeline} → ${row.target}`;
  const remedy = row.remedy === null ? '' : ` ${row.remedy}`;
  const settled = row.resolvedAt === null ? '' : ` (settled ${agoText(row.resolvedAt, now)})`;
  const text = withCode(`${row.message}${remedy}`, row.code);
  return `${agoText(row.lastAt, now)}${times}  ${where}: ${text}${settled}`;
}
