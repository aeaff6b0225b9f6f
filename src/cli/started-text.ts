/** What the tables of a pipeline do once it has started: not all of them follow; pure. */
import { formatTableName } from '../config/table-name.js';
import type { TableRow } from '../state/store.js';
import { countText, plural } from './text/amounts.js';
import { shortList } from './text/short-list.js';

export function startedText(rows: readonly TableRow[]): string {
  const resting = rows.filter(isResting);
  const whole = rows.filter((row) => !isResting(row) && row.mode === 'full');
  const following = rows.length - resting.length - whole.length;
  if (following === rows.length) return 'every table follows its source.';
  const parts = [
    ...(following > 0 ? [followText(following)] : []),
    ...(whole.length > 0 ? [`loaded as a whole, not following: ${named(whole)}`] : []),
    ...(resting.length > 0 ? [`paused, switched off or only discovered: ${named(resting)}`] : []),
  ];
  return `${parts.join('; ')}. sluice status says more.`;
}

/** Nobody asks it to move. */
export function isResting(row: TableRow): boolean {
  return !row.enabled || row.wanted === 'pause';
}

function followText(count: number): string {
  return count === 1
    ? '1 table follows its source'
    : `${plural(count, 'table')} follow their source`;
}

function named(rows: readonly TableRow[]): string {
  return `${countText(rows.length)} (${shortList(rows.map((row) => formatTableName(row.source)))})`;
}
