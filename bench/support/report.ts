import type { BenchResult } from './result.js';

export function isMet({ ratio, target, lowerIsBetter }: BenchResult): boolean {
  return lowerIsBetter === true ? ratio <= target : ratio >= target;
}

/** One line per figure, in columns. */
export function tableText(results: readonly BenchResult[]): string {
  const lines = results.map((result) => [
    result.name,
    amount(result.ratio),
    `${result.lowerIsBetter === true ? '≤' : '≥'} ${amount(result.target)}`,
    isMet(result) ? 'pass' : 'MISS',
    rangeOf(result),
  ]);
  const rows = [['figure', 'measured', 'wanted', '', 'min-max'], ...lines];
  const widths = rows[0]?.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rangeOf({ details: { min, max } }: BenchResult): string {
  return min === undefined || max === undefined ? '' : `${amount(min)}-${amount(max)}`;
}

function amount(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
