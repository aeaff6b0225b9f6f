import type { TableName } from '../../../core/names.js';
import type { PgTable } from '../catalog/model.js';
import { Placement } from './placement.js';

/** What may refuse a row: a check, a unique or exclusion constraint, a unique index. */
export interface TableRule {
  readonly kind: 'constraint' | 'index';
  /** On the target. */
  readonly name: string;
  readonly text: string;
}

/**
 * The rules of a source table under their names on the target; not its primary key, and not those
 * that partitions have for themselves. Pure.
 */
export function rulesOf(table: PgTable, target: TableName): TableRule[] {
  const placement = new Placement(table, target);
  const { constraints, indexes } = table.root;
  const nameOf = (oid: string | null) =>
    placement.nameOf(indexes.find((index) => index.oid === oid)?.name ?? '');
  return [
    ...constraints.flatMap(({ type, name, definition, index }): TableRule[] => {
      if (type === 'check') return [{ kind: 'constraint', name, text: withoutState(definition) }];
      if (type !== 'unique' && type !== 'exclusion') return [];
      return [{ kind: 'constraint', name: nameOf(index), text: definition }];
    }),
    ...indexes
      .filter(({ unique, primary, constraint }) => unique && !primary && constraint === null)
      .map(({ name, tail }): TableRule => ({
        kind: 'index',
        name: placement.nameOf(name),
        text: tail,
      })),
  ];
}

/** Whether it was validated says nothing about new rows. */
function withoutState(definition: string): string {
  return definition.replace(/ NOT VALID$/, '');
}

/** Those of `former` that the source has no longer, or now has otherwise. */
export function rulesGone(former: readonly TableRule[], now: readonly TableRule[]): TableRule[] {
  const kept = new Map(now.map((rule) => [`${rule.kind} ${rule.name}`, rule.text]));
  return former.filter((rule) => kept.get(`${rule.kind} ${rule.name}`) !== rule.text);
}
