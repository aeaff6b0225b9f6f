/** What the name of a collation says that its comparisons look at ("Windows collation name"). */
const SENSITIVE = ['CS', 'AS', 'KS', 'WS', 'VSS'] as const;

/**
 * Whether texts that are different by `source` may be equal by `target`. Collations that look at the
 * same things count as alike, whatever their language.
 */
export function isCoarser(source: string, target: string): boolean {
  const found = partsOf(target);
  if (isBinary(found)) return false;
  const wanted = partsOf(source);
  return isBinary(wanted) || SENSITIVE.some((flag) => wanted.has(flag) && !found.has(flag));
}

function partsOf(collation: string): ReadonlySet<string> {
  return new Set(collation.toUpperCase().split('_'));
}

function isBinary(parts: ReadonlySet<string>): boolean {
  return parts.has('BIN') || parts.has('BIN2');
}
