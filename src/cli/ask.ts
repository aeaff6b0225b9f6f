/** Questions to a person. Without a terminal nobody can answer, and that is said instead. */
import { createInterface } from 'node:readline/promises';
import { SilentExit } from './report-error.js';
import { EXIT } from './exit-codes.js';
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
    lines ??= createInterface({ input: io.stdin, output: process.stderr });
    return (await lines.question(question)).trim();
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
