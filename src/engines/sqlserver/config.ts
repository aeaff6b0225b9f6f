import { z } from 'zod';
import type { Discover } from '../../config/engine-config.js';
import type { FeedKind } from '../../core/feed-kind.js';

/**
 * The SQL Server part of the config schema. No import of the driver here, so that the editor schema
 * and `sluice config` load nothing of it.
 */
const flag = z.boolean({ error: 'is neither true nor false; write true or false' });

function name(what: string, maximum = 128): z.ZodString {
  return z
    .string({ error: `is not ${what}; write ${what}` })
    .min(1, { error: `is empty; write ${what} or remove the key` })
    .max(maximum, { error: `is too long; write up to ${maximum} characters` });
}

export const connection = {
  instance: name('the name of an instance')
    .optional()
    .describe(
      'Named instance, e.g. SQLEXPRESS; its port is asked from the browser service (UDP 1434). Not beside a port.',
    ),
  trustServerCertificate: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Encrypt, but accept any certificate: for servers that signed their own.'),
  strictEncryption: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('TDS 8.0 (encrypt=strict): TLS before the first packet; SQL Server 2022 and later.'),
  domain: name('the name of a Windows domain')
    .optional()
    .describe('Windows domain of user: the login is made by NTLM with user and password.'),
  applicationIntent: z
    .enum(['readOnly', 'readWrite'], { error: 'is neither; write readOnly or readWrite' })
    .optional()
    .meta({ writtenDefault: 'readOnly for what reads a source, else readWrite' })
    .describe('Where an availability group may route sessions to.'),
  multiSubnetFailover: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Try all addresses of a listener at once.'),
};

export const source = {
  enableCdc: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Allow switching Change Data Capture on, for the database and for tables.'),
  enableChangeTracking: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Allow switching Change Tracking on, for the database and for tables.'),
  cdcRole: name('the name of a database role')
    .optional()
    .meta({ writtenDefault: 'no gating role' })
    .describe('Role that may read the changes of capture instances that Sluice makes.'),
  cdcFilegroup: name('the name of a filegroup')
    .optional()
    .meta({ writtenDefault: "the database's default" })
    .describe('Filegroup of the change tables of capture instances that Sluice makes.'),
  cdcInstancePrefix: name('a prefix', 40)
    .regex(/^sluice_\w*$/, {
      error: 'does not begin with sluice_; Sluice drops only what carries its name',
    })
    .optional()
    .meta({ writtenDefault: 'sluice_' })
    .describe('What the names of capture instances that Sluice makes begin with.'),
  cdcPartitionSwitch: z
    .enum(['allow', 'refuse'], { error: 'is neither; write allow or refuse' })
    .optional()
    .meta({ writtenDefault: 'allow' })
    .describe(
      'Whether the server lets users SWITCH partitions of tables with a capture instance that Sluice makes. Change Data Capture never carries the rows of a SWITCH: with allow the table has to be copied again after each (sluice resync), with refuse the statement fails (22842, 22843).',
    ),
  changeTrackingRetention: z
    .string()
    .regex(/^[1-9]\d{0,3} (days|hours|minutes)$/i, {
      error: 'is not a time; write a number and days, hours or minutes, e.g. 2 days',
    })
    .optional()
    .meta({ writtenDefault: '2 days' })
    .describe('How long Change Tracking keeps changes, where Sluice switches it on.'),
  discover: z
    .enum(['paused', 'enabled', 'off'], {
      error: 'is not one of them; write paused, enabled or off',
    })
    .optional()
    .meta({ writtenDefault: 'paused' })
    .describe(
      'What becomes of tables with Change Tracking on that tables.include does not name: shown, and paused until somebody enables them; replicated; or ignored.',
    ),
};

export const target = {
  rowversion: z
    .enum(['binary', 'native'], { error: 'is neither; write binary or native' })
    .optional()
    .meta({ writtenDefault: 'binary' })
    .describe(
      "What a rowversion column of the source becomes: binary(8) with the source's values, or a rowversion of the target's own.",
    ),
  allowDataMovement: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Allow splitting a partition that has rows, which moves them.'),
};

/** Reads this engine's own keys from a connection whose references are resolved. */
export const connectionKeys = z.object(connection);
export const sourceKeys = z.object(source);
export const targetKeys = z.object(target);

/** Tables with Change Tracking on that no pattern names. */
export function discoverOf(keys: Readonly<Record<string, unknown>>): Discover {
  return sourceKeys.safeParse(keys).data?.discover ?? 'paused';
}

/** Whether Sluice may switch on what a feed needs on the source. */
export function mayCreateFeed(kind: FeedKind, keys: Readonly<Record<string, unknown>>): boolean {
  return keys[kind === 'cdc' ? 'enableCdc' : 'enableChangeTracking'] === true;
}

/** Whether users go on switching partitions of tables that Sluice puts under CDC. */
export function maySwitchPartitions(keys: Readonly<Record<string, unknown>>): boolean {
  return sourceKeys.safeParse(keys).data?.cdcPartitionSwitch !== 'refuse';
}
