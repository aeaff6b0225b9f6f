/** Questions to a person. Without a terminal nobody can answer, and that is said instead. */
import { createInterface, type Interface } from 'node:readline/promises';
import { SilentExit } from './report-error.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';

export interface Asker {
  readonly canAsk: boolean;
  /** The answer, or `fallback` for an empty one. */
  text(question: string, fallback?: string): Promise<string>;
  yes(question: string, fallback: boolean): Promise<boolean>;
  close(): void;
}

export function openAsker(io: Io): Asker {
  const canAsk = io.stdin.isTTY === true;
  let lines: ReturnType<typeof createInterface> | null = null;
  const ask = async (question: string): Promise<string> => {
    if (!canAsk) {
      io.stderr.write(
        `error: "${question.trim()}" needs an answer and this is no terminal; use the flags.\n`,
      );
      throw new SilentExit(EXIT.declined);
    }
    lines ??= openLines(io);
    return (await answered(lines, question)).trim();
  };
  return {
    canAsk,
    text: async (question, fallback) => {
      const hint = fallback === undefined ? '' : ` [${fallback}]`;
      for (;;) {
        const answer = await ask(`${question}${hint}: `);
        if (answer !== '') return answer;
        if (fallback !== undefined) return fallback;
      }
    },
    yes: async (question, fallback) => {
      const answer = await ask(`${question} ${fallback ? '[Y/n]' : '[y/N]'} `);
      return answer === '' ? fallback : /^(y|yes)$/i.test(answer);
    },
    close: () => lines?.close(),
  };
}

/** In a terminal that reads lines Ctrl-C is a key like others: between questions it is handed on. */
function openLines(io: Io): Interface {
  const lines = createInterface({ input: io.stdin, output: process.stderr });
  return lines.on('SIGINT', () => {
    lines.close();
    if (lines.listenerCount('SIGINT') === 1) process.kill(process.pid, 'SIGINT');
  });
}

/** After Ctrl-C, or the end of the input, some versions of Node.js leave a question open for ever. */
async function answered(lines: Interface, question: string): Promise<string> {
  const closing = new AbortController();
  let code: ExitCode = EXIT.declined;
  const interrupt = (): void => void (code = EXIT.interrupted);
  const end = (): void => closing.abort();
  lines.once('close', end).on('SIGINT', interrupt);
  try {
    return await lines.question(question, { signal: closing.signal });
  } catch (error) {
    if (!closing.signal.aborted) throw error;
    process.stderr.write('\n');
    throw new SilentExit(code);
  } finally {
    lines.off('SIGINT', interrupt).off('close', end);
  }
}
