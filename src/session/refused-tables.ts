/**
 * Tables that cannot be taken into a pipeline as the configuration says. One of them, new under a
 * pattern, must not keep the others from being looked after: it is left out with a word.
 */
import { formatTableName } from '../config/table-name.js';
import { SluiceError } from '../core/errors.js';
import { feedKindOfMode } from '../core/feed-kind.js';
import { displayName } from '../core/names.js';
import type { StateStore, TableRow, TableSpec } from '../state/store.js';

export interface Refused {
  readonly spec: TableSpec;
  readonly error: SluiceError;
}

export interface Judged {
  readonly accepted: readonly TableSpec[];
  readonly refused: readonly Refused[];
}

/** @param rowOf what the target's state has of the table: a table that is there keeps its target */
export function judgeTables(
  specs: readonly TableSpec[],
  rowOf: (spec: TableSpec) => TableRow | undefined,
): Judged {
  const known = (spec: TableSpec): boolean => rowOf(spec) !== undefined;
  const accepted: TableSpec[] = [];
  const refused: Refused[] = [];
  const taken = new Map<string, TableSpec>();
  const inTurn = [...specs.filter(known), ...specs.filter((spec) => !known(spec))];
  for (const spec of inTurn) {
    const name = formatTableName(spec.targetTable);
    const other = taken.get(name);
    const error =
      other === undefined
        ? (appendingError(spec) ?? otherFeed(spec, rowOf(spec)))
        : collision(other, spec, name);
    if (error === null) {
      taken.set(name, spec);
      accepted.push(spec);
    } else refused.push({ spec, error });
  }
  return { accepted, refused };
}

/**
 * Store them all, or all but those whose target table another pipeline has.
 *
 * @returns the errors of the latter
 */
export async function upsertOwned(
  { tables }: Pick<StateStore, 'tables'>,
  at: { readonly pipeline: string; readonly name: string; readonly revision: string },
  specs: readonly TableSpec[],
): Promise<SluiceError[]> {
  const { pipeline, name, revision } = at;
  try {
    await tables.upsert(pipeline, name, specs, revision);
    return [];
  } catch (thrown) {
    if (!isOwned(thrown)) throw thrown;
    if (specs.length === 1) return [thrown];
  }
  const half = Math.ceil(specs.length / 2);
  return [
    ...(await upsertOwned({ tables }, at, specs.slice(0, half))),
    ...(await upsertOwned({ tables }, at, specs.slice(half))),
  ];
}

function isOwned(thrown: unknown): thrown is SluiceError {
  return thrown instanceof SluiceError && thrown.code === 'TARGET_OWNED';
}

/** A change stream needs every row as the source has it; append leaves rows that are there alone. */
function appendingError({ source, load, mode }: TableSpec): SluiceError | null {
  if (load !== 'append' || feedKindOfMode(mode) === null) return null;
  return new SluiceError(
    'CONFIG_INVALID',
    `${displayName(source)} follows a change feed, and load: append would leave old rows as they are.`,
    { remedy: 'Use load: merge, or mode: full for a table that only grows by whole loads.' },
  );
}

const NOT_BEGUN = new Set(['new', 'detached', 'removed']);

/** Its lane goes on in the old way, or nobody would read its changes: it has to begin anew. */
function otherFeed({ source, mode }: TableSpec, row: TableRow | undefined): SluiceError | null {
  if (row === undefined || NOT_BEGUN.has(row.phase)) return null;
  if (feedKindOfMode(row.mode) === feedKindOfMode(mode)) return null;
  const table = displayName(source);
  return new SluiceError(
    'CONFIG_INVALID',
    `${table} follows with mode: ${row.mode} already, and mode: ${mode} is another way that is not changed under way.`,
    {
      remedy: `Write mode: ${row.mode} again; or let it begin anew: exclude ${table}, and include it again when status shows it as detached.`,
    },
  );
}

function collision(other: TableSpec, spec: TableSpec, name: string): SluiceError {
  return new SluiceError(
    'TARGET_COLLISION',
    `Both ${displayName(other.source)} and ${displayName(spec.source)} map to ${name}.`,
    { remedy: 'Give one of them another target: in its settings.' },
  );
}
