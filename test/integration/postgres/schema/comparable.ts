import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { nativeTable } from '../../../../src/engines/postgres/catalog/native.js';

const LOCAL = new Set([
  'writer',
  'oid',
  'typeOid',
  'fileNode',
  'rows',
  'bytes',
  'lastValue',
  'attnum',
  'relation',
]);

/**
 * A model without what each server gives out by itself. References between members become names;
 * what depends on the order of creation (list of constraints by oid) is sorted by name already.
 */
export function comparable(model: TableModel, withForeignKeys = true): unknown {
  const native = nativeTable(model);
  const names = new Map<unknown, string>();
  for (const member of native.members) {
    names.set(member.oid, member.name);
    for (const index of member.indexes) names.set(index.oid, index.name);
    for (const constraint of member.constraints) names.set(constraint.oid, constraint.name);
  }
  const { findings, key, columns, name } = model;
  const { root, members, ownedSequences, requires } = native;
  const all = { name, findings, key, columns, root, members, ownedSequences, requires };
  return JSON.parse(
    JSON.stringify(all, (property, value: unknown) => {
      if (LOCAL.has(property)) return undefined;
      if (property === 'constraints' && !withForeignKeys && Array.isArray(value)) {
        return value.filter((constraint: { type?: string }) => constraint.type !== 'foreign');
      }
      if (property === 'parent' || property === 'index') return names.get(value) ?? null;
      return value;
    }),
  );
}
