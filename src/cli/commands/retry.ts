import type { TableRow } from '../../state/store.js';
import type { Verdict } from '../await-tables.js';
import { parseTimeout } from '../options.js';
import { acting, type Register } from '../register.js';
import { failedAnew, giveTableCommand } from '../table-command.js';

interface RetryOptions {
  readonly detach?: boolean;
  readonly timeout?: number;
}

export const register: Register = (program, cli) => {
  program
    .command('retry')
    .description('let quarantined tables go on where they stood')
    .argument('[tables...]', 'names or globs', ['*'])
    .option('--detach', 'print the workflow id instead of waiting')
    .option('--timeout <duration>', 'give up waiting after this', parseTimeout)
    .action(
      acting(cli, (tables: string[], options: RetryOptions) =>
        giveTableCommand(cli, {
          command: 'retry',
          word: 'retry',
          patterns: tables,
          reason: 'sluice retry',
          detach: options.detach === true,
          timeoutMs: options.timeout ?? null,
          judge: isBack,
          concerns: (row) => row.phase === 'quarantined',
        }),
      ),
    );
};

export function isBack(row: TableRow, before: TableRow | undefined): Verdict {
  if (failedAnew(row, before)) return 'failed';
  if (row.phase === 'quarantined') return 'waiting';
  return row.phase === 'streaming' || row.wanted === 'pause' ? 'done' : 'waiting';
}
