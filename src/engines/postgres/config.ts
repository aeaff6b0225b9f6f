import { z } from 'zod';
import type { FeedKind } from '../../core/feed-kind.js';

/**
 * The PostgreSQL part of the config schema. No import of the driver here, so that the editor schema
 * and `sluice config` load nothing of it.
 */
const objectIdentifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, {
  error: 'is not a name for a slot or publication; write up to 63 lower-case letters, digits or _',
});

const flag = z.boolean({ error: 'is neither true nor false; write true or false' });

function text(what: string): z.ZodString {
  return z
    .string({ error: `is not ${what}; write ${what}` })
    .min(1, { error: `is empty; write ${what} or remove the key` });
}

const PORT = 'is not a whole number from 1 to 65535; write such a number without quotes';

export const connection = {
  socketDir: z
    .string()
    .regex(/^[/@$]/, { error: 'is not a folder; write an absolute path such as /run/postgresql' })
    .optional()
    .describe('Folder of the server socket, instead of host, on the same machine.'),
  replicationUrl: text('a URL or a reference to one such as ${SHOP_FEED_URL}')
    .optional()
    .describe(
      'Address for the change feed alone, where url or host is a pooler: those do not pass the replication protocol. A password inside must be a reference.',
    ),
  replicationHost: text('a host name or an address')
    .optional()
    .describe('Like replicationUrl, with the other keys taken from this connection.'),
  replicationPort: z
    .number({ error: PORT })
    .int({ error: PORT, abort: true })
    .min(1, { error: PORT })
    .max(65535, { error: PORT })
    .optional()
    .describe('Port of replicationHost, where it differs from port.'),
};

export const source = {
  createPublication: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Allow creating the publication on the source.'),
  createSlot: flag
    .optional()
    .meta({ writtenDefault: false })
    .describe('Allow creating the replication slot on the source.'),
  publication: objectIdentifier
    .optional()
    .meta({ writtenDefault: 'sluice_<pipeline>' })
    .describe('Publication to read; one that a DBA made is neither changed nor dropped.'),
};

/** A slot serves one reader, so each target of a pipeline has its own. */
export const target = {
  slot: objectIdentifier
    .optional()
    .meta({ writtenDefault: 'sluice_<pipeline>_<target>' })
    .describe(
      'Replication slot on the source that this target reads; one that a DBA made is neither changed nor dropped.',
    ),
};

/** A feed is a publication and a slot: without leave for both nothing is made. */
export function mayCreateFeed(_kind: FeedKind, keys: Readonly<Record<string, unknown>>): boolean {
  return keys.createSlot === true && keys.createPublication === true;
}

/** Reads this engine's own keys from a connection whose references are resolved. */
export const connectionKeys = z.object(connection);
export const sourceKeys = z.object(source);
export const targetKeys = z.object(target);
