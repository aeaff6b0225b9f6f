/** Runs the benchmarks, prints their figures as a table and keeps them in bench/results. */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from './support/options.js';
import { isMet, tableText } from './support/report.js';
import type { BenchResult } from './support/result.js';

type Bench = (options: BenchOptions) => Promise<BenchResult[]>;

const BENCHES: Readonly<Record<string, () => Promise<{ run: Bench }>>> = {
  copy: () => import('./copy.js'),
  stream: async () => {
    const { FULL, run } = await import('./stream.js');
    return { run: async ({ rows, rounds }) => run({ ...FULL, rows, rounds }) };
  },
  verify: () => import('./verify.js'),
  events: () => import('./events.js'),
  'sqlserver-copy': () => import('./sqlserver-copy.js'),
  'sqlserver-memory': () => import('./sqlserver-memory.js'),
  'sqlserver-apply': () => import('./sqlserver-apply.js'),
};

const NAMES = Object.keys(BENCHES).join(',');
const USAGE = `Usage: npm run bench -- [--only ${NAMES}] [--rows N] [--rounds N]`;

async function main(): Promise<void> {
  const { only, rows, rounds } = options();
  console.log(`Node ${process.version}`);
  for (const name of only) {
    const bench = BENCHES[name];
    if (bench === undefined) throw new Error(`There is no benchmark "${name}". ${USAGE}`);
    const say = (line: string): void => console.log(`  ${name}: ${line}`);
    const results = await (await bench()).run({ rows, rounds, say });
    await keep(name, results);
    console.log(tableText(results));
    if (!results.every(isMet)) process.exitCode = 1;
  }
}

function options(): { only: readonly string[]; rows: number; rounds: number } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: NAMES },
      rows: { type: 'string', default: '2000000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  return {
    only: values.only.split(','),
    rows: positive('rows', values.rows),
    rounds: positive('rounds', values.rounds),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above 0. ${USAGE}`);
}

async function keep(name: string, results: readonly BenchResult[]): Promise<void> {
  const directory = fileURLToPath(new URL('./results/', import.meta.url));
  await mkdir(directory, { recursive: true });
  const rounded = JSON.stringify(
    { measuredAt: new Date().toISOString(), node: process.version, results },
    (_key, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value),
    2,
  );
  await writeFile(`${directory}${name}.json`, `${rounded}\n`);
}

await main();
