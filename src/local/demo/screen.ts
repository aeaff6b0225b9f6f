/** Where the demo prints: a terminal gets colours and bars that move, a log gets plain lines. */
import { progressLine } from '../progress-line.js';
import { paintFor } from './paint.js';
import type { Paint } from './paint.js';

const LOG_EVERY_MS = 1_000;

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Screen {
  readonly paint: Paint;
  readonly live: boolean;
  /** For what finds, downloads or builds something: one line per step, see progressLine. */
  readonly progress: (line: string) => void;
  #step = 0;
  #boardLines = 0;
  #lastLog = '';
  #loggedAt = 0;
  #silent = false;

  constructor(
    private readonly stream: OutputStream,
    private readonly steps: number,
    env: NodeJS.ProcessEnv,
  ) {
    const ci = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
    this.live = stream.isTTY === true && !ci;
    this.paint = paintFor(this.live && (env.NO_COLOR ?? '') === '');
    this.progress = progressLine({
      isTTY: this.live,
      write: (text) => {
        this.#write(text.replace(/^((?:\u001b\[1A\u001b\[2K)?)/, '$1  '));
      },
    });
  }

  /** What is still at work says no more. */
  silence(): void {
    this.#silent = true;
  }

  /** The heading of the next step. */
  step(title: string): void {
    this.#step += 1;
    const count = `[${String(this.#step)}/${String(this.steps)}]`;
    this.#write(`\n${this.paint.cyan(count)} ${this.paint.bold(title)}\n`);
  }

  say(line = ''): void {
    this.#write(line === '' ? '\n' : `  ${line}\n`);
  }

  done(line: string): void {
    this.say(`${this.paint.green('✓')} ${line}`);
  }

  /** Lines that replace those of the last call; a log gets `short` instead, at most once a second. */
  board(lines: readonly string[], short: string): void {
    if (!this.live) {
      if (short === this.#lastLog || Date.now() - this.#loggedAt < LOG_EVERY_MS) return;
      this.#lastLog = short;
      this.#loggedAt = Date.now();
      this.say(short);
      return;
    }
    const up = this.#boardLines === 0 ? '' : `\u001b[${String(this.#boardLines)}A`;
    // A line longer than the terminal is wide would wrap, and the next board would miss its place.
    const text = lines.map((line) => `\u001b[2K  ${fit(line, this.stream.columns)}\n`).join('');
    this.#write(`${up}${text}\u001b[0J`);
    this.#boardLines = lines.length;
  }

  /** What the board shows now stays; the next one begins below. */
  endBoard(): void {
    this.#boardLines = 0;
    this.#loggedAt = 0;
  }

  #write(text: string): void {
    if (!this.#silent) this.stream.write(text);
  }
}

/** Colours count nothing; a line that does not fit loses its colours with its end. */
function fit(line: string, columns = 80): string {
  const plain = line.replaceAll(/\u001b\[\d+m/g, '');
  return plain.length <= columns - 3 ? line : `${plain.slice(0, columns - 4)}…`;
}
