/** pause, resume, enable, disable: the same switch under the two pairs of words that people use. */
import type { Command } from 'commander';
import type { TableRow } from '../../state/store.js';
import type { Verdict } from '../await-tables.js';
import type { CliContext } from '../context.js';
import { parseTimeout } from '../options.js';
import { acting, type Register } from '../register.js';
import { failedAnew, giveTableCommand } from '../table-command.js';

interface SwitchOptions {
  readonly reason?: string;
  readonly detach?: boolean;
  readonly timeout?: number;
}

export const register: Register = (program, cli) => {
  off(program, cli, 'pause', 'stop applying changes to tables; they are kept until resume');
  on(program, cli, 'resume', 'go on with paused tables where they stood');
  on(program, cli, 'enable', 'the same as resume');
  off(program, cli, 'disable', 'the same as pause');
};

function off(program: Command, cli: CliContext, word: string, description: string): void {
  common(program, word, description).action(
    acting(cli, (tables: string[], options: SwitchOptions) =>
      giveTableCommand(cli, { ...wish(word, tables, options), command: 'pause', judge: isOff }),
    ),
  );
}

function on(program: Command, cli: CliContext, word: string, description: string): void {
  common(program, word, description).action(
    acting(cli, (tables: string[], options: SwitchOptions) =>
      giveTableCommand(cli, {
        ...wish(word, tables, options),
        command: 'resume',
        judge: isOn,
        concerns: (row) => row.wanted === 'pause',
      }),
    ),
  );
}

function common(program: Command, word: string, description: string): Command {
  return program
    .command(word)
    .description(description)
    .argument('<tables...>', "names or globs; '*' for all")
    .option('--reason <text>', 'said in status and logs')
    .option('--detach', 'print the workflow id instead of waiting')
    .option('--timeout <duration>', 'give up waiting after this', parseTimeout);
}

function wish(word: string, tables: readonly string[], options: SwitchOptions) {
  return {
    word,
    patterns: tables,
    reason: options.reason ?? `sluice ${word}`,
    detach: options.detach === true,
    timeoutMs: options.timeout ?? null,
  };
}

export function isOff(row: TableRow): Verdict {
  return row.wanted === 'pause' && !row.applies ? 'done' : 'waiting';
}

export function isOn(row: TableRow, before: TableRow | undefined): Verdict {
  if (failedAnew(row, before)) return 'failed';
  if (row.wanted !== 'run') return 'waiting';
  // Its pipeline takes it up within seconds.
  if (row.discovered && !row.enabled) return 'waiting';
  return row.phase === 'streaming' || !row.enabled ? 'done' : 'waiting';
}
