/**
 * Finds the rows that differ between two sides by comparing digests of parts of the key's hash
 * space, and settles which of them are drift while both sides are being written to. Pure: all it
 * knows of a database are these questions.
 */
export interface SideDigest {
  readonly rows: number;
  readonly hash: string;
}

export interface SidePart {
  /** Hex digits of the part of the hash space. */
  readonly id: string;
  readonly digest: SideDigest;
}

export interface SideRow {
  readonly key: string;
  readonly hash: string;
  /** Changes with every write of the row, also one that puts the same values back. */
  readonly version?: string;
}

export interface VerificationSide {
  digest(): Promise<SideDigest>;
  /** Digests of the 16^digits parts below each prefix (all of one length); empty ones left out. */
  parts(prefixes: readonly string[], digits: number): Promise<readonly SidePart[]>;
  rowsOfParts(prefixes: readonly string[]): Promise<readonly SideRow[]>;
}

export type DifferenceKind = 'missing' | 'extra' | 'changed';

/** `missing` on the target, `extra` on the target, or there on both and `changed`. */
export interface Difference {
  readonly key: string;
  readonly kind: DifferenceKind;
}

export interface BisectionLimits {
  /** Differences beyond this are counted as "more", not listed. */
  readonly maxDifferences: number;
  /** Rows that are read one by one at a time; a part is taken apart until it has fewer. */
  readonly maxRowsRead: number;
}

export interface Comparison {
  readonly sourceRows: number;
  readonly targetRows: number;
  readonly differences: readonly Difference[];
  /** Not every difference is listed. */
  readonly more: boolean;
}

const DIGITS_PER_STEP = 3;
/** Beyond this the hash has no more digits; what is left has one key, or keys of one hash. */
const MAX_DIGITS = 15;

/** Compare the whole, then only the parts that differ, down to rows. */
export async function compareSides(
  source: VerificationSide,
  target: VerificationSide,
  limits: BisectionLimits,
): Promise<Comparison> {
  const [left, right] = await Promise.all([source.digest(), target.digest()]);
  const counts = { sourceRows: left.rows, targetRows: right.rows };
  if (sameDigest(left, right)) return { ...counts, differences: [], more: false };
  const whole = [{ id: '', rows: left.rows + right.rows }];
  const found = await descend(source, target, whole, limits);
  return { ...counts, ...found };
}

interface SuspectPart {
  readonly id: string;
  readonly rows: number;
}

async function descend(
  source: VerificationSide,
  target: VerificationSide,
  suspects: readonly SuspectPart[],
  limits: BisectionLimits,
): Promise<{ differences: readonly Difference[]; more: boolean }> {
  let parts = suspects;
  let more = false;
  while (needsSplit(parts, limits)) {
    const ids = parts.map((part) => part.id);
    const [left, right] = await Promise.all([
      source.parts(ids, DIGITS_PER_STEP),
      target.parts(ids, DIGITS_PER_STEP),
    ]);
    const differing = differingParts(left, right);
    // Each part that differs has at least one difference, so more parts than that are never needed.
    more ||= differing.length > limits.maxDifferences;
    parts = differing.slice(0, limits.maxDifferences);
  }
  return readRows(source, target, parts, { limits, more });
}

function needsSplit(parts: readonly SuspectPart[], limits: BisectionLimits): boolean {
  const [first] = parts;
  if (first === undefined || first.id.length + DIGITS_PER_STEP > MAX_DIGITS) return false;
  return parts.some((part) => part.rows > limits.maxRowsRead);
}

async function readRows(
  source: VerificationSide,
  target: VerificationSide,
  parts: readonly SuspectPart[],
  context: { limits: BisectionLimits; more: boolean },
): Promise<{ differences: readonly Difference[]; more: boolean }> {
  const { limits } = context;
  const differences: Difference[] = [];
  let { more } = context;
  for (const group of groupBySize(parts, limits.maxRowsRead)) {
    if (differences.length >= limits.maxDifferences) return { differences, more: true };
    const [left, right] = await Promise.all([source.rowsOfParts(group), target.rowsOfParts(group)]);
    differences.push(...diffRows(left, right));
  }
  if (differences.length > limits.maxDifferences) more = true;
  return { differences: differences.slice(0, limits.maxDifferences), more };
}

/** Ids in groups that together have about `maxRows` rows, at least one each. */
function groupBySize(parts: readonly SuspectPart[], maxRows: number): string[][] {
  const groups: string[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    if (rows + part.rows > maxRows) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(part.id);
    rows += part.rows;
  }
  return groups;
}

export function differingParts(
  left: readonly SidePart[],
  right: readonly SidePart[],
): SuspectPart[] {
  const onRight = new Map(right.map((part) => [part.id, part.digest]));
  const differing: SuspectPart[] = [];
  for (const part of left) {
    const other = onRight.get(part.id);
    onRight.delete(part.id);
    if (other !== undefined && sameDigest(part.digest, other)) continue;
    differing.push({ id: part.id, rows: part.digest.rows + (other?.rows ?? 0) });
  }
  for (const [id, digest] of onRight) differing.push({ id, rows: digest.rows });
  return differing.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Rows are compared as multisets, so that a key that is there twice is found too. */
export function diffRows(left: readonly SideRow[], right: readonly SideRow[]): Difference[] {
  const onRight = groupByKey(right);
  const differences: Difference[] = [];
  for (const [key, hash] of groupByKey(left)) {
    const other = onRight.get(key);
    onRight.delete(key);
    if (other === undefined) differences.push({ key, kind: 'missing' });
    else if (other !== hash) differences.push({ key, kind: 'changed' });
  }
  for (const key of onRight.keys()) differences.push({ key, kind: 'extra' });
  return differences;
}

function groupByKey(rows: readonly SideRow[]): Map<string, string> {
  const hashes = new Map<string, string[]>();
  for (const row of rows) {
    const known = hashes.get(row.key);
    if (known === undefined) hashes.set(row.key, [row.hash]);
    else known.push(row.hash);
  }
  return new Map([...hashes].map(([key, all]) => [key, all.sort().join(' ')]));
}

export function sameDigest(a: SideDigest, b: SideDigest): boolean {
  return a.rows === b.rows && a.hash === b.hash;
}
