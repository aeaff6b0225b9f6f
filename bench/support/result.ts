/** One line of a bench: our figure as a ratio to a reference measured in the same run. */
export interface BenchResult {
  readonly name: string;
  /** Reference divided by ours: above 1 is faster than the reference (but see lowerIsBetter). */
  readonly ratio: number;
  /** What the ratio has to reach. */
  readonly target: number;
  /** What `details` are measured in. */
  readonly unit: string;
  readonly details: Readonly<Record<string, number>>;
  /** The ratio is ours divided by the reference, or an amount with an upper limit. */
  readonly lowerIsBetter?: boolean;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest rank; NaN for none. `share` lies between 0 and 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[rank] ?? Number.NaN;
}
