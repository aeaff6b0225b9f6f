import type { Difference, SideRow } from './verification.js';
import { diffRows } from './verification.js';

/** What settling asks of the world between readings. */
export interface SettleWorld {
  readSource(keys: readonly string[]): Promise<readonly SideRow[]>;
  readTarget(keys: readonly string[]): Promise<readonly SideRow[]>;
  /** The source's end now; null where the source has no position (nothing moves then). */
  sourceEnd(): Promise<string | null>;
  /** Resolves to whether the target has everything up to `position`; false: not in time. */
  targetReached(position: string): Promise<boolean>;
  /** False: changes of this table were or are kept back, so what was read says nothing. */
  follows(): Promise<boolean>;
  /** False: whoever asks has to end now. */
  goesOn(): boolean;
}

/**
 * The target did not arrive in time; the rows changed at each look; it had to end before; the table
 * no longer gets its changes.
 */
export type Unsettled = 'late' | 'moving' | 'interrupted' | 'left';

export interface Settled {
  /** Differences that stayed although the source row did not change meanwhile. */
  readonly drift: readonly Difference[];
  /** Keys on which there is no verdict: they may differ and may not. */
  readonly unsettled: readonly string[];
  /** Null where every key was settled. */
  readonly why: Unsettled | null;
}

export interface Rounds {
  /** Looks at most; a row that is written often is seen at rest by chance. */
  readonly most: number;
  /** Looks at most to which the target did not arrive in time. */
  readonly late: number;
}

/** A verdict needs this many rounds in a row: a commit can be in the log before it is visible. */
const CONFIRMATIONS = 2;

/**
 * A difference seen under load may only be a change on its way. A key is drift when its source row
 * had the same version before and after, the target had everything up to a position read after the
 * first reading, and the target row, read in between, differs; that twice in a row. Equal at any
 * reading: settled.
 */
export async function settleDifferences(
  differences: readonly Difference[],
  world: SettleWorld,
  rounds: Rounds,
): Promise<Settled> {
  const suspicions = new Map<string, number>();
  const drift: Difference[] = [];
  let open = differences.map((difference) => difference.key);
  let late = 0;
  const mayLook = (look: number) => look < rounds.most && late < rounds.late;
  let look = 0;
  for (; mayLook(look) && open.length > 0 && world.goesOn(); look += 1) {
    const seen = await readOnce(open, world);
    if (!(await world.follows())) return { drift, unsettled: open, why: 'left' };
    if (seen === null) {
      late += 1;
      continue;
    }
    open = open.filter((key) => {
      if (seen.equal.has(key)) return false;
      const difference = seen.differing.get(key);
      const suspicion = difference === undefined ? 0 : (suspicions.get(key) ?? 0) + 1;
      suspicions.set(key, suspicion);
      if (difference === undefined || suspicion < CONFIRMATIONS) return true;
      drift.push(difference);
      return false;
    });
  }
  const given = late > 0 ? 'late' : 'moving';
  const why = mayLook(look) ? 'interrupted' : given;
  return { drift, unsettled: open, why: open.length === 0 ? null : why };
}

interface Reading {
  readonly equal: ReadonlySet<string>;
  /** Different, and the source row was still. */
  readonly differing: ReadonlyMap<string, Difference>;
}

/** Null when the target did not arrive in time. */
async function readOnce(keys: readonly string[], world: SettleWorld): Promise<Reading | null> {
  const before = await world.readSource(keys);
  const end = await world.sourceEnd();
  if (end !== null && !(await world.targetReached(end))) return null;
  const target = await world.readTarget(keys);
  const after = await world.readSource(keys);
  const moved = keysThatDiffer(before.map(withVersion), after.map(withVersion));
  const earlier = diffRows(before, target);
  const differsFromBefore = new Set(earlier.map((difference) => difference.key));
  const differsFromAfter = keysThatDiffer(after, target);
  return {
    equal: new Set(keys.filter((key) => !differsFromBefore.has(key) || !differsFromAfter.has(key))),
    differing: new Map(
      earlier
        .filter((difference) => !moved.has(difference.key))
        .map((difference) => [difference.key, difference]),
    ),
  };
}

function withVersion(row: SideRow): SideRow {
  return { key: row.key, hash: `${row.hash} ${row.version ?? ''}` };
}

function keysThatDiffer(a: readonly SideRow[], b: readonly SideRow[]): ReadonlySet<string> {
  return new Set(diffRows(a, b).map((difference) => difference.key));
}
