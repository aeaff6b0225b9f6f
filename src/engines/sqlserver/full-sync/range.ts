import { z } from 'zod';
import type { ChunkRange } from '../../contract/full-sync.js';

/** A border as the ledger keeps it: the texts of the key's values, as JSON. */
export type Border = readonly (string | null)[];

const border = z.array(z.string().nullable());

/** Rows whose one key column is NULL. */
const NULLS = JSON.stringify([null]);

/** Half-open ranges between the borders that hold every key; the last has no end. */
export function rangesBetween(
  relation: string,
  borders: readonly Border[],
  nulls: boolean,
): ChunkRange[] {
  const texts = borders.map((one) => JSON.stringify(one));
  const ranges = [null, ...texts].map((from, at) => ({ relation, from, to: texts[at] ?? null }));
  return nulls ? [...ranges, { relation, from: NULLS, to: NULLS }] : ranges;
}

export interface Bounds {
  readonly nulls: boolean;
  readonly from: Border | null;
  readonly to: Border | null;
}

export function boundsOf(range: ChunkRange): Bounds {
  if (range.from === NULLS) return { nulls: true, from: null, to: null };
  return { nulls: false, from: parse(range.from), to: parse(range.to) };
}

function parse(text: string | null): Border | null {
  return text === null ? null : border.parse(JSON.parse(text));
}
