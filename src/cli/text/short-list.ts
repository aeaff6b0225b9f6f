/** The first three names, and how many more there are. */
export function shortList(names: readonly string[]): string {
  return (names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names).join(', ');
}
