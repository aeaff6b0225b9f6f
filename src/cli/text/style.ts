import type { Io, OutStream } from '../io.js';

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Colour only on a terminal, and never with NO_COLOR set to anything (no-color.org). */
export function styleFor(stream: OutStream, env: Io['env']): Style {
  const quiet = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  const on = stream.isTTY === true && !quiet;
  const paint = (code: number) => (text: string) => {
    return on ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
  };
  return {
    bold: paint(CODES.bold),
    dim: paint(CODES.dim),
    red: paint(CODES.red),
    green: paint(CODES.green),
    yellow: paint(CODES.yellow),
  };
}

/** Columns that a text takes on a terminal, its colours not counted. */
export function visibleLength(text: string): number {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
}
