import type { MsTable } from '../catalog/model.js';
import { difference } from './compare-tables.js';
import type { TableDifference } from './compare-tables.js';
import { sameFunction } from './partition-sql.js';

/**
 * Whether both sides divide their rows alike. Rows find their partition by themselves, so any
 * difference is harmless to them; a load by partition switch makes the boundaries it needs.
 */
export function comparePartitions(source: MsTable, target: MsTable): TableDifference[] {
  const [wanted] = source.parts.schemes;
  const [found] = target.parts.schemes;
  if (wanted === undefined || source.storage?.partitioned !== true) return [];
  if (found === undefined || target.storage?.partitioned !== true) {
    const message = `is not partitioned, the source is, by ${wanted.function.name}.`;
    return [difference('partitions', 'harmless', wanted.function.name, message)];
  }
  if (sameFunction(wanted.function, found.function)) return [];
  const message = `has other partitions (${found.function.name}) than the source (${wanted.function.name}).`;
  return [difference('partitions', 'harmless', wanted.function.name, message)];
}
