import type { BatchEntry } from '../../contract/batch-entry.js';
import type { CompileTools } from './compile.js';
import type { Mode, Step } from './steps.js';

/**
 * One TRUNCATE for tables that were truncated together, as foreign keys between them want it. It
 * waits for its lock only briefly, because every reader queues behind it; later modes delete all
 * rows instead, which needs no such lock.
 */
export function truncateSteps(
  entries: readonly BatchEntry[],
  mode: Mode,
  { plans, names }: CompileTools,
): Step[] {
  const first = entries[0];
  if (first === undefined) return [];
  const tables = new Map<string, { tableId: string; sql: string; partitioned: boolean }>();
  for (const { change, member } of entries) {
    const table = plans.get(change.shape, member.target)?.table;
    if (table === undefined) throw new Error('A shape was not loaded before it was compiled.');
    const { sql, partitioned } = table;
    tables.set(member.tableId, { tableId: member.tableId, sql, partitioned });
  }
  const plain = (tableId: string | null, text: string): Step => ({
    tableId,
    statement: names.statement(text, [], []),
    expected: null,
  });
  if (mode !== 'fast') {
    return [...tables.values()].map(({ tableId, sql, partitioned }) =>
      plain(tableId, `delete from ${partitioned ? '' : 'only '}${sql}`),
    );
  }
  const list = [...tables.values()].map(
    ({ sql, partitioned }) => `${partitioned ? '' : 'only '}${sql}`,
  );
  return [
    plain(null, `set local lock_timeout = '3s'`),
    plain(first.member.tableId, `truncate ${list.join(', ')}`),
    plain(null, 'set local lock_timeout to default'),
  ];
}
