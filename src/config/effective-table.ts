import type { DeepReadonly } from './deep-freeze.js';
import { deepFreeze } from './deep-freeze.js';
import { DEFAULTS } from './defaults.js';
import type { PipelineConfig, TargetConfig } from './schema.js';
import { parseTableGlob } from './table-glob.js';
import type { TableName } from './table-name.js';
import { parseTableName } from './table-name.js';
import type { TableSettings } from './table.js';
import { tableSettings } from './table.js';

type Settings = DeepReadonly<TableSettings>;

type Filled =
  | 'enabled'
  | 'mode'
  | 'load'
  | 'parallelism'
  | 'existing'
  | 'deletes'
  | 'sweepEvery'
  | 'onRowError';
type Given<Key extends keyof Settings> = NonNullable<Settings[Key]>;
type Complete<T> = { readonly [Key in keyof T]-?: NonNullable<T[Key]> };

/** All that counts for one table: nothing with a default is absent. Durations are ms, sizes bytes. */
export type EffectiveTable = Omit<Settings, Filled | 'target'> & {
  readonly [Key in Filled]: Given<Key>;
} & {
  readonly source: TableName;
  readonly target: TableName;
  readonly poll: Complete<Given<'poll'>>;
  readonly watermark: Given<'watermark'> & { readonly overlap: number };
  readonly chunk: Given<'chunk'> & { readonly bytes: number };
  readonly verification: Given<'verification'> & {
    readonly every: number;
    readonly rows: number;
    readonly timezone: string;
  };
  readonly parkedMax: Complete<Given<'parkedMax'>>;
};

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Groups whose keys exclude each other: a nightly cron and an inherited interval would contradict. */
const REPLACED_WHOLE: readonly string[] = ['refresh'];

function mergeMaps(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    const nested = isMap(below) && isMap(value) && !REPLACED_WHOLE.includes(key);
    merged[key] = nested ? mergeMaps(below, value) : value;
  }
  return merged;
}

/** `over` wins key by key, also inside groups such as chunk; lists and `refresh` are replaced whole. */
export function mergeSettings<Base extends Settings>(base: Base, over: Settings): Base {
  return mergeMaps(base, over) as Base;
}

const TABLE_DEFAULTS = deepFreeze(
  tableSettings.parse({
    ...DEFAULTS.table,
    verification: { ...DEFAULTS.table.verification, timezone: DEFAULTS.schedule.timezone },
  }),
);

/** How much a settings pattern says: patterns in the order of the file, the exact name last. */
function matchingSettings(pipeline: PipelineConfig, name: TableName): Settings[] {
  const matching = Object.entries(pipeline.tables.settings).flatMap(([text, settings]) => {
    const glob = parseTableGlob(text);
    return glob?.matches(name) === true ? [{ exact: glob.exact, settings }] : [];
  });
  const [globs, exact] = [false, true].map((wanted) =>
    matching.filter((entry) => entry.exact === wanted).map((entry) => entry.settings),
  );
  return [...(globs ?? []), ...(exact ?? [])];
}

/**
 * The settings of one table: built-in defaults, then the pipeline's verification and parkedMax, then
 * its `defaults`, then every matching pattern in the order of the file, then the exact name.
 * `tableName` is `schema.table` in the notation of `formatTableName`; throws a TypeError otherwise.
 */
export function effectiveTable(
  pipeline: PipelineConfig,
  tableName: string | TableName,
): EffectiveTable {
  const source = typeof tableName === 'string' ? parseTableName(tableName) : tableName;
  if (source === undefined) throw new TypeError('effectiveTable needs a name such as schema.table');
  const { verification, parkedMax, defaults } = pipeline;
  const layers = [{ verification, parkedMax }, defaults, ...matchingSettings(pipeline, source)];
  const merged = layers.reduce<Settings>(mergeSettings, TABLE_DEFAULTS);
  const target = {
    schema: merged.target?.schema ?? source.schema,
    table: merged.target?.table ?? source.table,
  };
  // Everything with a default is present: TABLE_DEFAULTS has it, and merging never removes a key.
  return deepFreeze({ ...merged, source, target }) as EffectiveTable;
}

/** Whether a pattern of `tables.settings` says `enabled: true` for the table: the last one counts. */
export function isEnabledBySettings(pipeline: PipelineConfig, name: TableName): boolean {
  const said = matchingSettings(pipeline, name).flatMap(({ enabled }) => enabled ?? []);
  return said.at(-1) === true;
}

/** The level that switched a table off for a target, outermost first; undefined when it is on. */
export function switchedOffBy(
  pipeline: PipelineConfig,
  target: TargetConfig,
  table: Pick<EffectiveTable, 'enabled'>,
): 'pipeline' | 'source' | 'target' | 'table' | undefined {
  if (!pipeline.enabled) return 'pipeline';
  if (!pipeline.source.enabled) return 'source';
  if (!target.enabled) return 'target';
  return table.enabled ? undefined : 'table';
}
