import { CommanderError } from 'commander';
import { explainError, SluiceError } from '../core/errors.js';
import type { Io } from './io.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { styleFor } from './text/style.js';

/** Thrown by a command that has said everything already. */
export class SilentExit extends Error {
  override readonly name = 'SilentExit';
  constructor(readonly exitCode: ExitCode) {
    super('ended');
  }
}

/** One message per error, never a stack trace unless SLUICE_DEBUG=1 asks for it. */
export function reportError(thrown: unknown, io: Io): ExitCode {
  if (thrown instanceof SilentExit) return thrown.exitCode;
  if (thrown instanceof CommanderError) return ofCommander(thrown);
  const style = styleFor(io.stderr, io.env);
  const say = (text: string): void => void io.stderr.write(`${style.red('error:')} ${text}\n`);
  const known = thrown instanceof SluiceError && thrown.code !== 'UNEXPECTED';
  if (thrown instanceof SluiceError) say(explainError(thrown));
  else say(unforeseen(thrown));
  if (io.env.SLUICE_DEBUG === '1' && thrown instanceof Error) {
    io.stderr.write(`${thrown.stack ?? String(thrown)}\n`);
    if (thrown.cause !== undefined) io.stderr.write(`caused by ${String(stackOf(thrown.cause))}\n`);
  }
  return known ? exitCodeOf(thrown) : EXIT.failed;
}

function unforeseen(thrown: unknown): string {
  const what = thrown instanceof Error ? `${thrown.name}: ${firstLine(thrown.message)}` : 'unknown';
  return `Something unforeseen stopped this command (${what}). Set SLUICE_DEBUG=1 to see where.`;
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function stackOf(cause: unknown): unknown {
  return cause instanceof Error ? (cause.stack ?? cause.message) : cause;
}

/** Help and version end a command well; what is wrong with the arguments has been written. */
function ofCommander(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
