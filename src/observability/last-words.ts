/**
 * An error that nobody caught: nobody knows what it left half done, so the process ends, and whoever
 * watches over it starts it again. What it says holds no row: a driver's text and its error's fields
 * may, and Node.js would print both.
 */
import { SluiceError } from '../core/errors.js';

const EXIT_CODE = 1;
const MOST_FRAMES = 8;
const FRAME = /^\s+at .*:\d+:\d+\)?$/;

type Say = (sentence: string, cause: string) => void;

let say: Say = (sentence, cause) => {
  process.stderr.write(`error: ${sentence} (${cause})\n`);
};

/** From now on such an error ends the process with a sentence and an exit code that is not 0. */
export function endOnUncaught(): void {
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** A process that has a log says it there. */
export function sayLastWords(by: Say): void {
  say = by;
}

function end(thrown: unknown): void {
  try {
    say(
      'Something unforeseen ended this process. What it had begun is done again when it is ' +
        'started again; please report this line.',
      causeOf(thrown),
    );
  } finally {
    process.exit(EXIT_CODE);
  }
}

/** What is known of an error without its text: what it is and where it came from. */
export function causeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? ` ${thrown.code}` : '';
  const text = thrown instanceof SluiceError ? `: ${thrown.message}` : '';
  return [`${thrown.name}${code}${text}`, ...framesOf(thrown).slice(0, MOST_FRAMES)].join(' <- ');
}

/** Where an error was made; its message, which stands in the stack too, may have lines of its own. */
export function framesOf({ stack = '', message }: Error): string[] {
  const text = stack.indexOf(message);
  const lines = stack.slice(text < 0 ? 0 : text + message.length).split('\n');
  return lines.filter((line) => FRAME.test(line)).map((line) => line.trim());
}
