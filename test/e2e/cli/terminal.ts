/** A command in a terminal of its own, answered as a person would; needs `script` of util-linux. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { patient, waitFor } from '../../support/wait-for.js';
import { MAIN } from './run-cli.js';

export const hasTerminal = spawnSync('script', ['--version'])
  .stdout?.toString()
  .includes('util-linux');

const CTRL_C = '\u0003';
const LONGEST_MS = patient(60_000);
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;

export class TerminalSession {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';
  /** Up to here the output has been answered. */
  #read = 0;

  constructor(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const command = [process.execPath, MAIN, ...argv].map(quoted).join(' ');
    this.#child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.#output += data.toString()));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', resolve);
    });
  }

  get output(): string {
    return this.#output.replaceAll(COLOURS, '').replaceAll('\r', '');
  }

  /** Waits until the text stands behind what was answered before, then types the answer. */
  async answer(question: string, text: string): Promise<void> {
    await this.#asked(question);
    this.#child.stdin?.write(`${text}\r`);
  }

  /** Waits until it says so. */
  shows(text: string): Promise<void> {
    return this.#asked(text);
  }

  async interruptAt(question: string): Promise<void> {
    await this.#asked(question);
    this.#child.stdin?.write(CTRL_C);
  }

  /** Exit code of the command; one that waits for an answer is ended, and fails. */
  end(): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), LONGEST_MS);
    return this.#ended.finally(() => clearTimeout(timer));
  }

  async #asked(question: string): Promise<void> {
    let ended = false;
    void this.#ended.then(() => (ended = true));
    await waitFor(`the terminal asks "${question}"`, () => {
      const at = this.output.indexOf(question, this.#read);
      if (at >= 0) this.#read = at + question.length;
      return at >= 0 || ended;
    }).catch((cause: unknown) => {
      throw new Error(this.output, { cause });
    });
    if (ended && this.#read === 0) throw new Error(this.output);
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
