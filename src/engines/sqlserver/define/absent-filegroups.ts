import { displayName } from '../../../core/names.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import { isNative, nativeTable } from '../catalog/native.js';
import type { TargetFacts } from './target-facts.js';
import { PRIMARY } from './target-facts.js';

/** Filegroups but PRIMARY that the table's rows, indexes or partitions lie on; none of another engine's. */
export function filegroupsOf(model: TableModel): string[] {
  if (!isNative(model)) return [];
  const { indexes, parts } = nativeTable(model);
  const own = indexes.flatMap(({ dataSpace, partitioned }) =>
    dataSpace === null || partitioned ? [] : [dataSpace],
  );
  const used = new Set([...own, ...parts.schemes.flatMap(({ filegroups }) => filegroups)]);
  used.delete(PRIMARY);
  return [...used];
}

/** What lies on a filegroup that the target does not have goes to PRIMARY. */
export function absentFilegroups(model: TableModel, { filegroups }: TargetFacts): Finding[] {
  const subject = displayName(model.name);
  return filegroupsOf(model)
    .filter((filegroup) => !filegroups.has(filegroup))
    .map((filegroup) => ({
      severity: 'info',
      code: 'table.filegroup',
      subject,
      message: `The target has no filegroup ${filegroup}: what ${subject} has there goes to PRIMARY.`,
      remedy: 'To keep them apart, add the filegroup with a file to the target before the start.',
    }));
}
