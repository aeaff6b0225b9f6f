import type { TableRow } from '../../state/store.js';
import type { Verdict } from '../await-tables.js';
import { parseTimeout } from '../options.js';
import { rebuildMissing } from '../rebuild-target.js';
import { acting, type Register } from '../register.js';
import { selectForAction } from '../select.js';
import { failedAnew, giveTableCommand } from '../table-command.js';

interface ResyncOptions {
  readonly reason?: string;
  readonly detach?: boolean;
  readonly timeout?: number;
}

export const register: Register = (program, cli) => {
  program
    .command('resync')
    .description('copy tables anew beside the live ones, which stay readable')
    .argument('<tables...>', "names or globs; '*' for all")
    .option('--reason <text>', 'said in status and logs')
    .option('--detach', 'print the workflow id instead of waiting')
    .option('--timeout <duration>', 'give up waiting after this', parseTimeout)
    .action(
      acting(cli, async (tables: string[], options: ResyncOptions) => {
        for (const one of selectForAction((await cli.load()).config, cli.options)) {
          await rebuildMissing(cli, one);
        }
        return giveTableCommand(cli, {
          command: 'forceResync',
          word: 'resync',
          patterns: tables,
          reason: options.reason ?? 'sluice resync',
          detach: options.detach === true,
          timeoutMs: options.timeout ?? null,
          judge: isCopiedAnew,
        });
      }),
    );
};

export function isCopiedAnew(row: TableRow, before: TableRow | undefined): Verdict {
  if (failedAnew(row, before)) return 'failed';
  const begun = before === undefined || BigInt(row.epoch) > BigInt(before.epoch);
  return begun && row.phase === 'streaming' ? 'done' : 'waiting';
}
