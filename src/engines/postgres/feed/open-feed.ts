import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { FeedName, FeedOptions, FeedReader, Position } from '../../contract/feed.js';
import type { PgConnection } from '../connection-options.js';
import { parseLsn } from '../replication/lsn.js';
import { openReplication } from '../replication/replication-client.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { PostgresFeedReader } from './feed-reader.js';
import { assertStartsAt } from './find-gap.js';
import { NeutralReader } from './neutral-reader.js';
import { PortableReader, type OpenStream } from './portable-reader.js';

export interface OpenFeedOptions {
  readonly idleIntervalMs: number;
  /** How long a former reader of the slot may take to go once it was told to. */
  readonly takeOverMs: number;
}

/**
 * From this size on the server sends a transaction while it is still open, so that applying it does
 * not begin when it has ended; larger ones would be written to the source's disk first.
 */
const DECODING_WORK_MEM = '4MB';

/**
 * Only the owner of the lane's fence opens its feed, so a session that still reads the slot under
 * our application name belongs to a worker that is gone; it is ended.
 *
 * @throws SluiceError FEED_IN_USE, FEED_GAP, FEED_CHANGED, PERMISSION_DENIED, CONNECTION_LOST
 */
export async function openFeed(
  session: SqlSession,
  connection: PgConnection,
  target: { readonly name: FeedName; readonly from: Position },
  options: FeedOptions & OpenFeedOptions,
): Promise<FeedReader> {
  const { name, from } = target;
  const stream: OpenStream = async (at, binary) =>
    openStream(session, connection, { name, from: at, binary }, options);
  if (options.wire !== NEUTRAL_WIRE) return PortableReader.open(from, stream, session);
  return new NeutralReader(await stream(from, false), session, options.asText);
}

interface Start {
  readonly name: FeedName;
  readonly from: Position;
  readonly binary: boolean;
}

async function openStream(
  session: SqlSession,
  connection: PgConnection,
  start: Start,
  options: FeedOptions & OpenFeedOptions,
): Promise<FeedReader> {
  const { slot } = feedObjects(start.name);
  const deadline = Date.now() + options.takeOverMs;
  for (;;) {
    try {
      return await openOnce(session, connection, start, options);
    } catch (error) {
      const inUse = error instanceof SluiceError && error.code === 'FEED_IN_USE';
      if (!inUse || Date.now() >= deadline) throw error;
      await session.query(END_FORMER_READER, [slot, connection.applicationName]);
      await delay(100);
    }
  }
}

async function openOnce(
  session: SqlSession,
  connection: PgConnection,
  { name, from, binary }: Start,
  options: FeedOptions & OpenFeedOptions,
): Promise<FeedReader> {
  const { slot, publication } = feedObjects(name);
  const decodingWorkMem = connection.session.logical_decoding_work_mem ?? DECODING_WORK_MEM;
  const client = await openReplication(connection, { decodingWorkMem });
  try {
    const stream = await client.startReplication({
      slot,
      publications: [publication],
      from: parseLsn(from),
      binary,
      streaming: true,
      messages: false,
      maxQueuedBytes: options.maxBufferedBytes,
    });
    // Once the slot is ours nobody else can move it, so only now the answer is final.
    await assertStartsAt(session, slot, from);
    return new PostgresFeedReader(client, stream, {
      from,
      idleIntervalMs: options.idleIntervalMs,
    });
  } catch (error) {
    await client.close();
    throw error;
  }
}

const END_FORMER_READER = `
SELECT pg_terminate_backend(a.pid)
  FROM pg_replication_slots s
  JOIN pg_stat_activity a ON a.pid = s.active_pid
 WHERE s.slot_name = $1 AND a.application_name = $2 AND a.usename = current_user`;
