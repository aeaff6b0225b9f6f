import { SluiceError } from '../../../core/errors.js';
import type { FeedName, Position } from '../../contract/feed.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { describeOldestTransaction } from './barrier.js';
import { feedObjects, publicationComment } from './feed-names.js';
import type { ServerFacts, SlotFacts } from './server-facts.js';
import { readPublication, readServer, readSlot, whyInvalid } from './server-facts.js';
import { toPosition } from './position.js';

export interface PrepareOptions {
  /** Ask for a slot that is kept on standbys too (17 and later; ignored before). */
  readonly failover: boolean;
  /** Creating a slot waits for the transactions that run; after this long it gives up. */
  readonly slotTimeoutMs: number;
}

/**
 * Publication first: older servers fail on one that did not exist yet at a position that they
 * decode. Idempotent; what is there is used as it is.
 */
export async function prepareFeed(
  session: SqlSession,
  name: FeedName,
  options: PrepareOptions,
): Promise<{ position: Position; created: string[] }> {
  const server = await readServer(session);
  assertLogical(server);
  const created: string[] = [];
  if (await ensurePublication(session, name, server)) {
    created.push(`publication ${feedObjects(name).publication}`);
  }
  const { slot } = feedObjects(name);
  const existing = await readSlot(session, slot);
  if (existing !== null) return { position: positionOf(slot, existing, server), created };
  const position = await createSlot(session, name, server, options);
  created.push(`slot ${slot}`);
  return { position, created };
}

/** The statements by which a DBA makes what Sluice may not. */
export function statementsForDba(name: FeedName): { publication: string; slot: string } {
  const { publication, slot } = feedObjects(name);
  return {
    publication: `CREATE PUBLICATION ${quoteIdent(publication)} WITH (publish_via_partition_root = true)`,
    slot: `SELECT pg_create_logical_replication_slot(${quoteLiteral(slot)}, 'pgoutput')`,
  };
}

function assertLogical(server: ServerFacts): void {
  if (server.wal_level === 'logical') return;
  throw new SluiceError(
    'FEED_NOT_ENABLED',
    `The source writes its log with wal_level = ${server.wal_level}; changes need logical.`,
    { remedy: "Run: ALTER SYSTEM SET wal_level = 'logical'; then restart the server." },
  );
}

async function ensurePublication(
  session: SqlSession,
  name: FeedName,
  server: ServerFacts,
): Promise<boolean> {
  const { publication, mayCreatePublication } = feedObjects(name);
  const existing = await readPublication(session, publication);
  if (existing !== null) {
    if (existing.all_operations) return false;
    throw new SluiceError(
      'FEED_NOT_ENABLED',
      `The publication ${publication} leaves out some of insert, update, delete and truncate.`,
      {
        remedy: `Run: ALTER PUBLICATION ${quoteIdent(publication)} SET (publish = 'insert, update, delete, truncate')`,
      },
    );
  }
  const statement = statementsForDba(name).publication;
  if (!mayCreatePublication || server.in_recovery) {
    const where = server.in_recovery ? ' on the primary' : '';
    throw missing(`The publication ${publication} does not exist.`, `${statement}${where}`);
  }
  if (!server.may_create) {
    throw new SluiceError(
      'PERMISSION_DENIED',
      `The role ${server.role} may not create the publication ${publication}.`,
      {
        remedy: `Run: GRANT CREATE ON DATABASE ${quoteIdent(server.database)} TO ${quoteIdent(server.role)}; or run: ${statement}`,
      },
    );
  }
  return createPublication(session, name, statement);
}

async function createPublication(
  session: SqlSession,
  name: FeedName,
  statement: string,
): Promise<boolean> {
  const comment = quoteLiteral(publicationComment(name));
  try {
    await session.transaction(async (query) => {
      await query(statement);
      await query(
        `COMMENT ON PUBLICATION ${quoteIdent(feedObjects(name).publication)} IS ${comment}`,
      );
    });
    return true;
  } catch (error) {
    // Another worker was faster.
    if (sqlStateOf(error) === '42710') return false;
    throw error;
  }
}

async function createSlot(
  session: SqlSession,
  name: FeedName,
  server: ServerFacts,
  options: PrepareOptions,
): Promise<Position> {
  const { slot, mayCreateSlot } = feedObjects(name);
  if (!mayCreateSlot) {
    throw missing(`The replication slot ${slot} does not exist.`, statementsForDba(name).slot);
  }
  if (server.used_slots >= server.max_slots) throw noFreeSlot(server);
  const failover = options.failover && server.version >= 170000;
  const call = `pg_create_logical_replication_slot($1, 'pgoutput'${failover ? ', failover => true' : ''})`;
  try {
    const rows = await session.transaction(async (query) => {
      await query(`SET LOCAL statement_timeout = ${String(options.slotTimeoutMs)}`);
      // It waits for the end of every transaction that runs, as for a lock that nobody queues behind.
      await query('SET LOCAL lock_timeout = 0');
      return query<{ lsn: string }>(`SELECT lsn::text AS lsn FROM ${call}`, [slot]);
    });
    return toPosition(rows[0]?.lsn ?? '');
  } catch (error) {
    throw await explainSlotFailure(session, error, name, server);
  }
}

async function explainSlotFailure(
  session: SqlSession,
  error: unknown,
  name: FeedName,
  server: ServerFacts,
): Promise<unknown> {
  const state = sqlStateOf(error);
  const { slot } = feedObjects(name);
  if (state === '53400') return noFreeSlot(server);
  if (state === '42501') {
    return new SluiceError(
      'PERMISSION_DENIED',
      `The role ${server.role} may not create the replication slot ${slot}.`,
      {
        remedy: `Run: ALTER ROLE ${quoteIdent(server.role)} WITH REPLICATION`,
        vendorCode: state,
      },
    );
  }
  if (state !== '57014') return error;
  const oldest = await describeOldestTransaction(session);
  return new SluiceError(
    'SERVER_BUSY',
    `The replication slot ${slot} waits for transactions on the source that run for long` +
      `${oldest === null ? '' : `: ${oldest}`}.`,
    { remedy: 'It is tried again; end that transaction to go on now.', vendorCode: state },
  );
}

function positionOf(name: string, slot: SlotFacts, server: ServerFacts): Position {
  if (slot.plugin !== 'pgoutput' || slot.database !== server.database) {
    throw new SluiceError(
      'FEED_NOT_ENABLED',
      `The replication slot ${name} is not a pgoutput slot of the database ${server.database}.`,
      { remedy: 'Name another slot in the configuration, or drop this one if nothing uses it.' },
    );
  }
  const invalid = whyInvalid(slot);
  if (invalid !== null) {
    throw new SluiceError('FEED_GAP', `The replication slot ${name} is lost: ${invalid}.`, {
      remedy: 'Drop the slot and resync the tables of this pipeline.',
    });
  }
  return toPosition(slot.confirmed_flush_lsn ?? '');
}

function noFreeSlot(server: ServerFacts): SluiceError {
  const idle = server.inactive_slots;
  const unused = idle === null ? '' : ` Not in use just now: ${idle}.`;
  return new SluiceError(
    'FEED_SLOT_LIMIT',
    `All ${String(server.max_slots)} replication slots of the source are taken.${unused}`,
    {
      remedy:
        `Run: ALTER SYSTEM SET max_replication_slots = ${String(server.max_slots + 10)}; and restart the server,` +
        ` or drop a slot that nothing uses: SELECT pg_drop_replication_slot('<name>')`,
    },
  );
}

function missing(message: string, statement: string): SluiceError {
  return new SluiceError('FEED_NOT_ENABLED', message, {
    remedy: `Run: ${statement}; or set createPublication and createSlot in the source's settings.`,
  });
}
