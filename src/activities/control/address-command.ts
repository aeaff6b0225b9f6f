import { selects } from '../../config/select-pattern.js';
import type { AddressedCommand } from '../../core/protocol.js';
import type { TableRow } from '../../state/store.js';

/**
 * Which tables a command is for; pure. Where they are more than `room`, their pattern goes instead of
 * their names, so that no payload grows with the number of tables.
 */
export function address(
  to: Pick<AddressedCommand, 'command' | 'target'>,
  pattern: string,
  tables: readonly Pick<TableRow, 'source' | 'targetTable' | 'slug'>[],
  room: number,
): AddressedCommand {
  const slugs = tables
    .filter((table) => selects(pattern, table.source) || selects(pattern, table.targetTable))
    .map((table) => table.slug);
  if (slugs.length <= room) return { ...to, slugs };
  return { ...to, slugs: [], all: { pattern, tables: slugs.length } };
}
