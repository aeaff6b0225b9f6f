import { visibleLength } from './style.js';

/** Rows as aligned columns with two blanks between; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, visibleLength(cell));
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          if (i === row.length - 1) return cell;
          return cell + ' '.repeat((widths[i] ?? 0) - visibleLength(cell));
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
