import type { PgRelation, PgTable } from '../catalog/model.js';
import type { TableDifference } from './compare-tables.js';

/**
 * Partitions of two trees, told apart by their bounds under the same parent. A tree that is one
 * plain table on the other side takes every row, so it is no difference.
 */
export function comparePartitions(source: PgTable, target: PgTable): TableDifference[] {
  if (source.root.kind !== 'partitioned' || target.root.kind !== 'partitioned') return [];
  if (source.root.partitionKey !== target.root.partitionKey) {
    return [
      {
        kind: 'partition bound',
        effect: 'harmless',
        subject: source.root.name,
        former: null,
        message: 'is partitioned by another key than the source.',
      },
    ];
  }
  return compareChildren(source.root, target.root, source, target);
}

function compareChildren(
  sourceParent: PgRelation,
  targetParent: PgRelation,
  source: PgTable,
  target: PgTable,
): TableDifference[] {
  const wanted = childrenOf(sourceParent, source);
  const found = new Map(childrenOf(targetParent, target).map((child) => [boundOf(child), child]));
  const differences: TableDifference[] = [];
  for (const child of wanted) {
    const same = found.get(boundOf(child));
    if (same === undefined) {
      const message = `lacks the partition ${child.name} (${boundOf(child)}).`;
      differences.push(partition('partition missing', 'heal', child.name, message));
      continue;
    }
    found.delete(boundOf(child));
    if (child.kind === 'partitioned' && same.kind === 'partitioned') {
      differences.push(...compareChildren(child, same, source, target));
    }
  }
  for (const child of found.values()) {
    const message = `has the partition ${child.name} (${boundOf(child)}), which the source has not.`;
    differences.push(partition('partition extra', 'fatal', child.name, message));
  }
  return differences;
}

function partition(
  kind: TableDifference['kind'],
  effect: TableDifference['effect'],
  subject: string,
  message: string,
): TableDifference {
  return { kind, effect, subject, former: null, message };
}

function childrenOf(parent: PgRelation, table: PgTable): PgRelation[] {
  return table.members.filter((member) => member.parent === parent.oid);
}

function boundOf(member: PgRelation): string {
  return member.partitionBound ?? '';
}
