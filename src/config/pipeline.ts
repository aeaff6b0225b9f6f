import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { duration } from './duration.js';
import { flag, keyWithDefault, wholeNumber } from './key.js';
import { size } from './size.js';
import { parkedMax, tableSettings, verification } from './table.js';
import { tableGlob } from './table-glob.js';

const D = DEFAULTS.pipeline;

const tables = z
  .strictObject({
    include: z
      .array(tableGlob, { error: 'is not a list; write a list of patterns such as ["public.*"]' })
      .describe('Patterns of the tables to replicate: schema.table with * and ?.'),
    exclude: keyWithDefault(z.array(tableGlob), [], 'Patterns of tables to leave out of those.'),
    settings: keyWithDefault(
      z.record(tableGlob, tableSettings),
      {},
      'Pattern to settings. A later pattern wins over an earlier one, an exact name over all.',
    ),
  })
  .meta({ id: 'Tables', title: 'Pipeline: tables' });

const routines = z
  .strictObject({
    views: keyWithDefault(flag(), D.routines.views, 'Views follow the source.'),
    functions: keyWithDefault(
      flag(),
      D.routines.functions,
      'Functions and procedures follow the source. Triggers never do.',
    ),
  })
  .meta({ id: 'Routines', title: 'Pipeline: routines' });

const batch = z
  .strictObject({
    rows: keyWithDefault(wholeNumber(1, 1_000_000), D.batch.rows, 'Changes per applied batch.'),
    bytes: keyWithDefault(size(), D.batch.bytes, 'Bytes per applied batch, if reached first.'),
    wait: keyWithDefault(
      duration('0ms'),
      D.batch.wait,
      'Longest wait for more changes before a batch that is not full is applied; one that somebody waits for goes at once.',
    ),
  })
  .meta({ id: 'Batch', title: 'Pipeline: batch' });

/** The keys of a pipeline but its source and targets, to which the engines contribute. */
export const pipelineShape = {
  enabled: keyWithDefault(flag(), D.enabled, 'false pauses the whole pipeline.'),
  tables: tables.describe('Which tables, and what is special about some.'),
  defaults: keyWithDefault(tableSettings, {}, 'Settings of all tables of this pipeline.'),
  routines: keyWithDefault(routines, {}, 'What else follows the source.'),
  consistency: keyWithDefault(
    z.enum(['transaction', 'table']),
    D.consistency,
    'What becomes visible at once on the target: a whole source transaction; or, where the source keeps the changes of each table by themselves, its part of one table: then no table delays another.',
  ),
  foreignKeys: keyWithDefault(
    z.enum(['keep', 'enforce', 'none']),
    D.foreignKeys,
    'Foreign keys on the target: present but not checked by the applier; checked when each of its transactions ends, and then triggers of the target fire too; or absent.',
  ),
  onLogLimit: keyWithDefault(
    z.enum(['resync', 'keep']),
    D.onLogLimit,
    'At maxRetainedLog: let go of the log and copy again, or keep it and risk the disk of the source.',
  ),
  maxRetainedLog: keyWithDefault(
    size(),
    D.maxRetainedLog,
    'Log that the source may have to keep for a target that is away. Alert at half of it.',
  ),
  abandonAfter: keyWithDefault(
    duration('1m'),
    D.abandonAfter,
    'A pipeline that holds a position on the source and has not run for this long is alerted.',
  ),
  parkedMax: keyWithDefault(
    parkedMax,
    {},
    'Budget per table for changes kept while it is out of the stream; beyond it the table needs a resync.',
  ),
  verification: keyWithDefault(verification, {}, 'How both sides of every table are compared.'),
  batch: keyWithDefault(batch, {}, 'Size of a step of the change stream.'),
  cutoverLockTimeout: keyWithDefault(
    duration('100ms'),
    D.cutoverLockTimeout,
    'Longest wait of a cut-over for its lock; then it gives way and tries again.',
  ),
  heartbeatTimeout: keyWithDefault(
    duration('1s'),
    D.heartbeatTimeout,
    'Work whose worker has been silent for this long is given to another.',
  ),
  attempts: keyWithDefault(
    wholeNumber(1, 100),
    D.attempts,
    'Tries of a failing step, `attemptWait` apart, before an error is recorded.',
  ),
  attemptWait: keyWithDefault(
    duration('100ms'),
    D.attemptWait,
    'How far apart the tries are that count: 3 and 30s record an error once a step has failed for a minute. It is tried sooner as well, after a second, then after twice as long each time, so that a fault that passes costs little.',
  ),
};

/** For types. */
export const pipelineBase = z.strictObject(pipelineShape);
