import type { Command } from 'commander';
import type { CliContext } from './context.js';
import type { ExitCode } from './exit-codes.js';

/** Adds one command to the program. */
export type Register = (program: Command, cli: CliContext) => void;

/** The action of a command: its answer becomes the exit code. */
export function acting<Args extends readonly unknown[]>(
  cli: CliContext,
  work: (...args: Args) => Promise<ExitCode | undefined> | ExitCode | undefined,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const code = await work(...args);
    if (code !== undefined) cli.exitCode = code;
  };
}
