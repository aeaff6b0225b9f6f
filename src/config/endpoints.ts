import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { duration } from './duration.js';
import { flag, keyWithDefault, optionalKey, text, wholeNumber } from './key.js';
import { size } from './size.js';
import { cron, timeZone } from './schedule.js';
import { objectName } from './names.js';

export const connectionName = z
  .string({ error: 'is not the name of a connection; write a name from connections' })
  .pipe(objectName('connection'))
  .describe('Name of a connection.');

const copyWindow = z
  .strictObject({
    cron: cron.describe('When the window opens (cron).'),
    timezone: keyWithDefault(timeZone, DEFAULTS.schedule.timezone, 'Time zone of cron.'),
    duration: duration('1m').describe('How long it stays open.'),
  })
  .meta({ id: 'CopyWindow', title: 'Source: care.copyWindow' });

const care = z
  .strictObject({
    maxReaders: keyWithDefault(
      wholeNumber(1, 256),
      DEFAULTS.care.maxReaders,
      'Copy and verification readers on the source at once.',
    ),
    maxRowsPerSecond: optionalKey(
      wholeNumber(1, 1_000_000_000),
      'Rows per second that all copies together may read; they wait between two chunks, and a table that no feed follows (mode full) is one chunk.',
      'no limit',
    ),
    copyWindow: optionalKey(copyWindow, 'Copies run only inside this window.', 'at any time'),
    statementTimeout: keyWithDefault(
      duration('1s'),
      DEFAULTS.care.statementTimeout,
      'A statement on the source that runs longer is cancelled; reading rows for a copy goes on while rows come.',
    ),
    loadQuery: optionalKey(
      text('a query that returns one number'),
      'Query on the source that returns its load as one number, within 10 s; copies pause above loadLimit.',
    ),
    loadLimit: optionalKey(
      z.number({ error: 'is not a number; write the load above which copies pause' }),
      'Load above which copies pause.',
    ),
    maxReplicationLag: optionalKey(
      duration('1s'),
      "Copies pause while the source's own replicas are further behind than this.",
      'not watched',
    ),
  })
  .meta({ id: 'Care', title: 'Source: care' });

export const sourceShape = {
  connection: connectionName,
  enabled: keyWithDefault(
    flag(),
    DEFAULTS.source.enabled,
    'false pauses everything that reads it.',
  ),
  care: keyWithDefault(care, {}, 'What the source may be asked to bear.'),
};

export const targetShape = {
  connection: connectionName,
  enabled: keyWithDefault(flag(), DEFAULTS.target.enabled, 'false pauses this target alone.'),
  createDatabase: keyWithDefault(
    flag(),
    DEFAULTS.target.createDatabase,
    'Create the database when it does not exist.',
  ),
  room: optionalKey(
    size(),
    'Bytes that first copies may take there; plan and start refuse more. For servers whose disk nobody can look at.',
    "what is free, where the server's disk can be seen",
  ),
};

/** For types: a source and a target of no particular engine. */
export const sourceBase = z.strictObject(sourceShape);
export const targetBase = z.strictObject(targetShape);

type Shape = z.core.$ZodLooseShape;

/** A source: the name of a connection, or an object with every engine's source keys allowed. */
export function sourceSchema(engineKeys: Shape): z.ZodType<unknown, unknown> {
  const object = z
    .strictObject({ ...engineKeys, ...sourceShape })
    .meta({ id: 'Source', title: 'Source' });
  return z
    .union([connectionName, object])
    .transform((value) =>
      typeof value === 'string' ? object.parse({ connection: value }) : value,
    );
}

/** Targets: a list of connection names, or a map from a target's name to its keys. */
export function targetsSchema(engineKeys: Shape): z.ZodType<unknown, unknown> {
  const object = z
    .strictObject({ ...engineKeys, ...targetShape })
    .meta({ id: 'Target', title: 'Target' });
  const one = z
    .union([connectionName, object])
    .transform((value) =>
      typeof value === 'string' ? object.parse({ connection: value }) : value,
    );
  const list = z.array(connectionName).min(1, { error: 'is empty; name at least one target' });
  const map = z
    .record(objectName('target'), one)
    .refine((targets) => Object.keys(targets).length > 0, {
      error: 'is empty; name at least one target',
    });
  return z
    .union([list, map])
    .transform((value) =>
      Array.isArray(value)
        ? Object.fromEntries(value.map((name) => [name, object.parse({ connection: name })]))
        : value,
    );
}
