import type { MsCompressionKind, MsIndex } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { TargetFacts } from './target-facts.js';
import { filegroupOn } from './target-facts.js';

/** ` ON [scheme]([column])` or ` ON [filegroup]`; nothing where the source says nothing. */
export function dataSpaceSql(index: MsIndex | undefined, facts: TargetFacts): string {
  if (index === undefined || index.dataSpace === null) return '';
  const column = index.columns.find(({ partitionPlace }) => partitionPlace === 1);
  if (!index.partitioned) return ` ON ${quoteIdent(filegroupOn(facts, index.dataSpace))}`;
  if (column === undefined) return '';
  return ` ON ${quoteIdent(index.dataSpace)}(${quoteIdent(column.name)})`;
}

/** ` WITH (…)`, or nothing. */
export function withClause(options: readonly string[]): string {
  return options.length === 0 ? '' : ` WITH (${options.join(', ')})`;
}

/** How an index is kept; IGNORE_DUP_KEY stays behind, it would hide lost rows. */
export function indexOptions(index: MsIndex): string[] {
  const options: string[] = [];
  if (index.padded) options.push('PAD_INDEX = ON');
  if (index.fillFactor > 0) options.push(`FILLFACTOR = ${String(index.fillFactor)}`);
  if (!index.rowLocks) options.push('ALLOW_ROW_LOCKS = OFF');
  if (!index.pageLocks) options.push('ALLOW_PAGE_LOCKS = OFF');
  return [...options, ...compressionOptions(index)];
}

/** By partitions (test/conformance/sqlserver/indexes: "is compressed by the partition"). */
export function compressionOptions(index: MsIndex): string[] {
  const kinds = new Set(index.compression.map(({ kind }) => kind));
  return [...kinds].map((kind) => {
    const clause = `DATA_COMPRESSION = ${kind}`;
    return index.partitioned ? `${clause} ON PARTITIONS (${partitionsOf(index, kind)})` : clause;
  });
}

/** `1 TO 3, 5`. */
function partitionsOf(index: MsIndex, kind: MsCompressionKind): string {
  const runs: { from: number; to: number }[] = [];
  for (const { partition, kind: own } of index.compression) {
    if (own !== kind) continue;
    const last = runs.at(-1);
    if (last?.to === partition - 1) last.to = partition;
    else runs.push({ from: partition, to: partition });
  }
  return runs
    .map(({ from, to }) => (from === to ? String(from) : `${String(from)} TO ${String(to)}`))
    .join(', ');
}
