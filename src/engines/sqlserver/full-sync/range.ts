import { z } from 'zod';
import type { ChunkRange } from '../../contract/full-sync.js';

/**
 * A border as the ledger keeps it: column and text of each value of the key, as JSON. With their
 * names, so that an index which comes or goes during a copy cannot change what a range means.
 */
export type Border = readonly (readonly [column: string, text: string | null])[];

const border = z.array(z.tuple([z.string(), z.string().nullable()])).min(1);

/**
 * Half-open ranges between the borders that hold every key; the last has no end.
 *
 * @param nullable the one key column, where its rows with NULL are a range of their own
 */
export function rangesBetween(
  relation: string,
  borders: readonly Border[],
  nullable: string | null,
): ChunkRange[] {
  const texts = borders.map((one) => JSON.stringify(one));
  const ranges = [null, ...texts].map((from, at) => ({ relation, from, to: texts[at] ?? null }));
  if (nullable === null) return ranges;
  const nulls = JSON.stringify([[nullable, null]]);
  // Without a border the first range would hold all rows, those with NULL as well.
  return ranges.length === 1 ? ranges : [...ranges, { relation, from: nulls, to: nulls }];
}

export interface Bounds {
  readonly from: Border | null;
  readonly to: Border | null;
}

export function boundsOf(range: ChunkRange): Bounds {
  return { from: parse(range.from), to: parse(range.to) };
}

/** The range of the rows whose key is NULL. */
export function isOfNulls({ from }: Bounds): boolean {
  return from?.[0]?.[1] === null;
}

function parse(text: string | null): Border | null {
  return text === null ? null : border.parse(JSON.parse(text));
}
