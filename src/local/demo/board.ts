/** One line with a bar per table. */
import type { Paint } from './paint.js';
import type { TableState } from './table-states.js';
import { bar, count } from './text.js';

export interface Board {
  readonly lines: readonly string[];
  readonly short: string;
}

export function tableBoard(tables: readonly TableState[], paint: Paint): Board {
  const lines = tables.map((table) => {
    const part = partOf(table);
    const colour = table.phase === 'streaming' ? paint.green : paint.cyan;
    const percent = `${String(Math.floor(part * 100)).padStart(3)} %`;
    const rows = `${count(table.rows_copied)} rows`.padStart(14);
    return `${table.name.padEnd(10)} ${colour(bar(part))} ${percent} ${rows}  ${wordOf(table)}`;
  });
  const short = tables
    .map((table) => `${table.name} ${String(Math.floor(partOf(table) * 100))} % ${wordOf(table)}`)
    .join(', ');
  return { lines, short };
}

/** By rows while they are copied, so that it moves evenly; only a streaming table is complete. */
function partOf(table: TableState): number {
  if (table.phase === 'streaming' || table.phase === 'catchingUp') return 1;
  const total = table.rows_estimated ?? 0;
  return total > 0 ? Math.min(0.99, table.rows_copied / total) : 0;
}

const WORDS: Readonly<Record<string, string>> = {
  new: 'waiting',
  bootstrapping: 'preparing',
  fullSync: 'copying',
  catchingUp: 'catching up',
};

function wordOf(table: TableState): string {
  const all = table.chunks > 0 && table.chunks_done === table.chunks;
  return table.phase === 'fullSync' && all ? 'cutting over' : (WORDS[table.phase] ?? table.phase);
}
