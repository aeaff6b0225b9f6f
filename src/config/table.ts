import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { duration } from './duration.js';
import { flag, optionalKey, text, wholeNumber } from './key.js';
import { cron, timeZone } from './schedule.js';
import { size } from './size.js';

const D = DEFAULTS.table;
const name = text('a name');
const column = text('the name of a column');

export const MODES = ['auto', 'cdc', 'changeTracking', 'incremental', 'full', 'smart'] as const;
export const LOADS = ['auto', 'merge', 'swap', 'partitionSwitch', 'truncate', 'append'] as const;
export const EXISTING = ['refuse', 'adopt', 'overwrite'] as const;
export const DELETES = ['ignore', 'sweep', 'softDeleteColumn'] as const;
export const ROW_ERRORS = ['quarantine', 'deadLetter'] as const;

const targetTable = z
  .strictObject({
    schema: optionalKey(name, 'Schema on the target.', "the source's schema"),
    table: optionalKey(name, 'Table on the target.', "the source's table"),
  })
  .meta({ id: 'TargetTable', title: 'Table settings: target' });

const poll = z
  .strictObject({
    incremental: optionalKey(
      duration('1s'),
      'Time between two looks at the watermark.',
      D.poll.incremental,
    ),
    cdc: optionalKey(
      duration('100ms'),
      'Longest rest of an idle change reader between two looks. PostgreSQL sends its changes by itself; there the checkpoint of an idle stream moves this often, after 2 s at the latest.',
      D.poll.cdc,
    ),
    changeTracking: optionalKey(
      duration('100ms'),
      'Time between two looks at the version of Change Tracking.',
      D.poll.changeTracking,
    ),
  })
  .meta({ id: 'Poll', title: 'Table settings: poll' });

const watermark = z
  .strictObject({
    column: optionalKey(
      column,
      'Column that grows with every insert and update. Needed for modes incremental and smart.',
    ),
    overlap: optionalKey(
      duration('0s'),
      'Rows this much older than the last watermark are read again; for columns of a time type.',
      D.watermark.overlap,
    ),
  })
  .meta({ id: 'Watermark', title: 'Table settings: watermark' });

const chunk = z
  .strictObject({
    rows: optionalKey(
      wholeNumber(1, 10_000_000),
      'Rows per copied chunk at most, as far as they can be estimated.',
      'bytes alone decide',
    ),
    bytes: optionalKey(
      size(),
      'Bytes per copied chunk, whichever is reached first.',
      D.chunk.bytes,
    ),
  })
  .meta({ id: 'Chunk', title: 'Table settings: chunk' });

const PERIODS = ['day', 'week', 'month', 'quarter', 'year', 'none'] as const;

const partitions = z
  .strictObject({
    period: optionalKey(
      z.union([z.enum(PERIODS), wholeNumber(1, 1_000_000_000)]),
      'What one partition of the target holds, where a load makes those that its rows lack: a day, week, month, quarter or year of a date (also of a number or text YYYYMMDD), or a step of whole numbers; none makes no partition.',
      'told from the partitions that are there',
    ),
  })
  .meta({ id: 'Partitions', title: 'Table settings: partitions' });

export const verification = z
  .strictObject({
    every: optionalKey(
      duration('10s'),
      'Time between two comparisons of the newest rows.',
      D.verification.every,
    ),
    rows: optionalKey(
      wholeNumber(0, 1_000_000_000),
      'Rows compared each time, the highest keys first; 0 switches it off.',
      D.verification.rows,
    ),
    full: optionalKey(cron, 'When every row is compared (cron).'),
    timezone: optionalKey(timeZone, 'Time zone of full.', DEFAULTS.schedule.timezone),
  })
  .meta({ id: 'Verification', title: 'Verification' });

export const parkedMax = z
  .strictObject({
    bytes: optionalKey(size(), 'Bytes parked per table at most.', D.parkedMax.bytes),
    age: optionalKey(duration('1m'), 'Age of the oldest parked change at most.', D.parkedMax.age),
  })
  .meta({ id: 'ParkedMax', title: 'parkedMax' });

const refresh = z
  .strictObject({
    cron: optionalKey(cron, 'When the table is loaded again (cron); either this or every.'),
    every: optionalKey(duration('1m'), 'Time between two loads; either this or cron.'),
    timezone: optionalKey(timeZone, 'Time zone of cron.', DEFAULTS.schedule.timezone),
  })
  .meta({ id: 'Refresh', title: 'Table settings: refresh' });

/** What can be said of a table, in `defaults` for all tables of a pipeline or in `settings` for some. */
export const tableSettings = z
  .strictObject({
    enabled: optionalKey(flag(), 'false pauses the table; true resumes where it stood.', D.enabled),
    target: optionalKey(targetTable, 'Where the rows go.'),
    key: optionalKey(
      z.array(column).min(1, { error: 'is empty; name a column or remove the key' }),
      'Columns that identify a row of a table that declares no key; a declared one counts.',
      'the primary key',
    ),
    asText: optionalKey(
      z.array(column).min(1, { error: 'is empty; name a column or remove the key' }),
      'Columns that a target of another engine gets as text, for values that no type of it can hold (an infinity, a seventh digit of a second, an array). Not for columns of a key. Taken up by the next full sync.',
    ),
    mode: optionalKey(
      z.enum(MODES),
      'How changes are found. auto takes the safest that the source offers; smart loads everything into an empty table and continues incrementally.',
      D.mode,
    ),
    load: optionalKey(
      z.enum(LOADS),
      'How a full load becomes visible. auto takes the safest that keeps readers whole.',
      D.load,
    ),
    poll: optionalKey(poll, 'How often the source is asked, per mode.'),
    watermark: optionalKey(watermark, 'For modes incremental and smart.'),
    refresh: optionalKey(refresh, 'When the table is loaded again from the start.'),
    partitions: optionalKey(
      partitions,
      'Partitions that a load makes on a SQL Server, for load: partitionSwitch.',
    ),
    chunk: optionalKey(chunk, 'Size of a step of the copy.'),
    parallelism: optionalKey(
      wholeNumber(1, 64),
      'Chunks of one table copied at once.',
      D.parallelism,
    ),
    resetColumn: optionalKey(
      column,
      'Reset trigger column on the source: a row with 1 asks for a full sync and is set back to 0.',
    ),
    verification: optionalKey(verification, 'How both sides are compared.'),
    existing: optionalKey(
      z.enum(EXISTING),
      'What happens to a target table that already has rows: nothing starts, they are compared and repaired, they are replaced.',
      D.existing,
    ),
    deletes: optionalKey(
      z.enum(DELETES),
      'How deletes are found in modes incremental and smart: not at all, by comparing keys, by a column that marks deleted rows.',
      D.deletes,
    ),
    sweepEvery: optionalKey(
      duration('1m'),
      'Time between two comparisons of keys with deletes: sweep.',
      D.sweepEvery,
    ),
    softDeleteColumn: optionalKey(
      column,
      'Column that marks deleted rows, with deletes: softDeleteColumn: true, a number other than 0, or for other types anything but NULL. Marked rows are removed from the target.',
    ),
    onRowError: optionalKey(
      z.enum(ROW_ERRORS),
      'What a row that cannot be applied does: stop its table, or be set aside with its key.',
      D.onRowError,
    ),
    parkedMax: optionalKey(
      parkedMax,
      'Budget for changes kept while the table is out of the stream.',
    ),
  })
  .meta({ id: 'TableSettings', title: 'Table settings' });

export type TableSettings = z.output<typeof tableSettings>;
