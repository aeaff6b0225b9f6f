/**
 * The full sync of a table between two SQL Server databases against the bare driver: its reader
 * piped into its bulk load of texts, and the cast. Compared is the processor time of the two
 * processes, so that the server, which may be a stand-in, counts for nothing.
 */
import { measure } from './support/measured.js';
import type { Measured } from './support/measured.js';
import type { BenchOptions } from './support/options.js';
import type { BenchResult } from './support/result.js';
import { openBenchSqlServer, type BenchSqlServer } from './support/sqlserver/server.js';
import { createTable, fillTable } from './support/sqlserver/table.js';
import { spread } from './support/statistics.js';

const ROWS = 200_000;
const TARGET = 0.8;

interface Pair {
  readonly ours: Measured;
  readonly bare: Measured;
}

export async function run({ rows: most, rounds, say }: BenchOptions): Promise<BenchResult[]> {
  const rows = Math.min(ROWS, most);
  const server = await openBenchSqlServer();
  try {
    say(`making ${rows.toLocaleString('en')} rows`);
    const sourceDb = await server.newDatabase('source');
    await createTable(server, sourceDb);
    await fillTable(server, sourceDb, rows);
    const copy = (who: 'ours' | 'bare') => copyOnce(server, who, { sourceDb, rows });
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Each goes first in turn, so that a machine that slows down slows both.
      const bareFirst = round % 2 === 0;
      const first = await copy(bareFirst ? 'bare' : 'ours');
      const second = await copy(bareFirst ? 'ours' : 'bare');
      const pair = bareFirst ? { bare: first, ours: second } : { bare: second, ours: first };
      pairs.push(pair);
      say(`round ${String(round + 1)}: ${told('ours', pair.ours)}, ${told('bare', pair.bare)}`);
    }
    return [speed(pairs, rows)];
  } finally {
    await server.close();
  }
}

async function copyOnce(
  server: BenchSqlServer,
  who: 'ours' | 'bare',
  what: { readonly sourceDb: string; readonly rows: number },
): Promise<Measured> {
  const targetDb = await server.newDatabase(who);
  await createTable(server, targetDb);
  const job = { server: server.address, targetDb, ...what };
  const measured = await measure(`sqlserver/copy-${who}`, job);
  const [count] = await server.sql(targetDb, 'SELECT COUNT(*) AS n FROM dbo.items');
  if (count?.n !== what.rows) throw new Error('The copy does not have every row.');
  await server.dropDatabase(targetDb);
  return measured;
}

function told(who: string, { cpuSeconds, seconds, rssMb }: Measured): string {
  return `${who} ${cpuSeconds.toFixed(2)} s CPU of ${seconds.toFixed(1)} s, ${rssMb.toFixed(0)} MB`;
}

function speed(pairs: readonly Pair[], rows: number): BenchResult {
  const ratios = spread(pairs.map(({ bare, ours }) => bare.cpuSeconds / ours.cpuSeconds));
  const middle = (pick: (pair: Pair) => number): number => spread(pairs.map(pick)).median;
  return {
    name: 'SQL Server copy: processor time against the bare driver',
    ratio: ratios.median,
    target: TARGET,
    unit: 'seconds of processor time',
    details: {
      rows,
      min: ratios.min,
      max: ratios.max,
      seconds: middle(({ ours }) => ours.cpuSeconds),
      referenceSeconds: middle(({ bare }) => bare.cpuSeconds),
      wallSeconds: middle(({ ours }) => ours.seconds),
      referenceWallSeconds: middle(({ bare }) => bare.seconds),
      memoryMB: middle(({ ours }) => ours.rssMb),
      referenceMemoryMB: middle(({ bare }) => bare.rssMb),
    },
  };
}
