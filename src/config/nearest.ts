/** Number of single-character edits that turn one text into the other (Levenshtein). */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + change,
        ),
      );
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** Other tools write snake_case and kebab-case: `connect_timeout` is as near as `connecttimeout`. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** The known word that was most likely meant; the first in order when several are as near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const meant = plain(word);
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(meant, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}
