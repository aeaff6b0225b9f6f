import { displayName } from '../../../core/names.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import type { CompileTools } from './compile.js';
import { keepsChildren, takesChildren } from './kept-children.js';
import { UnusableChange } from './unusable-change.js';
import type { Mode, Step } from './steps.js';

/**
 * One TRUNCATE for tables that were truncated together, as foreign keys between them want it. It
 * waits for its lock only briefly, because every reader queues behind it; later modes delete all
 * rows instead, which needs no such lock.
 */
export function truncateSteps(
  entries: readonly BatchEntry[],
  mode: Mode,
  { plans, names, replica }: CompileTools,
): Step[] {
  const first = entries[0];
  if (first === undefined) return [];
  const tables = new Map<string, { tableId: string; own: string }>();
  const emptied = new Set(entries.map(({ member }) => displayName(member.target)));
  for (const { change, member } of entries) {
    const table = plans.get(change.shape, member.target)?.table;
    if (table === undefined) throw new Error('A shape was not loaded before it was compiled.');
    const others = table.actsOn.filter((name) => !emptied.has(name));
    if (mode !== 'fast' && others.length > 0 && keepsChildren(table, replica)) {
      throw new UnusableChange(member, takesChildren({ ...table, actsOn: others }));
    }
    tables.set(member.tableId, { tableId: member.tableId, own: table.own });
  }
  const plain = (tableId: string | null, text: string): Step => ({
    tableId,
    statement: names.statement(text, [], []),
    expected: null,
  });
  if (mode !== 'fast') {
    const deletes = [...tables.values()].map(({ tableId, own }) =>
      plain(tableId, `delete from ${own}`),
    );
    const unlimited = plain(null, 'set local statement_timeout = 0');
    return [unlimited, ...deletes, plain(null, 'set local statement_timeout to default')];
  }
  const list = [...tables.values()].map(({ own }) => own);
  return [
    plain(null, `set local lock_timeout = '3s'`),
    plain(first.member.tableId, `truncate ${list.join(', ')}`),
    plain(null, 'set local lock_timeout to default'),
  ];
}
