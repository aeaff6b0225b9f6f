import type { Client, QueryResultRow } from 'pg';
import { z } from 'zod';
import { connectPg, describeServer } from '../connect.js';
import type { PgConnection } from '../connection-options.js';
import { endClient } from '../end-client.js';
import { toPgError } from '../pg-errors.js';
import { selectSlotSql, startReplicationSql } from '../sql/replication.js';
import type { Lsn } from './lsn.js';
import { formatLsn, parseLsn } from './lsn.js';
import { toReplicationError } from './replication-errors.js';
import { ReplicationStream } from './replication-stream.js';
import type { SlotState } from './slot-check.js';
import { assertSlotContinues } from './slot-check.js';

export interface SystemIdentity {
  readonly systemId: string;
  readonly timeline: number;
  /** End of the flushed log now. */
  readonly walEnd: Lsn;
  readonly database: string;
}

export interface StartOptions {
  readonly slot: string;
  readonly publications: readonly string[];
  /** The checkpoint; 0 takes up where the slot stands, unchecked. */
  readonly from: Lsn;
  /** Default 2; 1 forbids streaming. */
  readonly protoVersion?: 1 | 2;
  /** Values in binary send format where the type has one. Default true. */
  readonly binary?: boolean;
  /** Large transactions come while they are still open. Default true. */
  readonly streaming?: boolean;
  /** pg_logical_emit_message too. Default true. */
  readonly messages?: boolean;
  /** Default 10,000. */
  readonly statusIntervalMs?: number;
  /** Default 4 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default 1 MiB. */
  readonly maxBatchBytes?: number;
}

export interface ReplicationClientOptions {
  /** From this size on an open transaction is streamed. Default 4MB; the server's own is 64MB. */
  readonly decodingWorkMem?: string;
}

const MEBIBYTE = 1024 * 1024;
const CLOSE_LIMIT_MS = 5_000;

const identityRow = z.object({
  systemid: z.string(),
  timeline: z.coerce.number().int(),
  xlogpos: z.string(),
  dbname: z.string(),
});

const slotRow = z.object({
  plugin: z.string().nullable(),
  wal_status: z.string().nullable(),
  confirmed_flush_lsn: z.string().nullable(),
  is_here: z.boolean(),
});

/** Open a logical replication session. Throws as connectPg does. */
export async function openReplication(
  connection: PgConnection,
  options: ReplicationClientOptions = {},
): Promise<ReplicationClient> {
  const subject = describeServer(connection, 'replication');
  const settings = { logical_decoding_work_mem: options.decodingWorkMem ?? '4MB' };
  const client = await connectPg(connection, 'replication', { settings, subject });
  return new ReplicationClient(client, subject);
}

/** One replication session: commands first, then at most one stream, then close. */
export class ReplicationClient {
  private stream: ReplicationStream | undefined;

  constructor(
    private readonly client: Client,
    private readonly subject: string,
  ) {}

  async identifySystem(): Promise<SystemIdentity> {
    const rows = await this.command('IDENTIFY_SYSTEM');
    const row = identityRow.parse(rows[0]);
    const { systemid: systemId, timeline, dbname: database } = row;
    return { systemId, timeline, walEnd: parseLsn(row.xlogpos), database };
  }

  /** Run a replication command or plain SQL without parameters. Not while a stream runs. */
  async command(text: string): Promise<QueryResultRow[]> {
    try {
      const result = await this.client.query<QueryResultRow>(text);
      return result.rows;
    } catch (error) {
      throw toPgError(error, this.subject);
    }
  }

  /**
   * Begin to stream. Resolves when the server has accepted.
   *
   * @throws SluiceError FEED_GAP when the slot does not reach back to `from`, FEED_IN_USE when
   * another session reads it, FEED_CHANGED, FEED_NOT_ENABLED, PERMISSION_DENIED, CONNECTION_LOST
   */
  async startReplication(options: StartOptions): Promise<ReplicationStream> {
    assertSlotContinues(options.slot, await this.slotState(options.slot), options.from);
    const protoVersion = options.protoVersion ?? 2;
    const command = startReplicationSql({
      slot: options.slot,
      publications: options.publications,
      from: formatLsn(options.from),
      protoVersion,
      binary: options.binary ?? true,
      streaming: (options.streaming ?? true) && protoVersion >= 2,
      messages: options.messages ?? true,
    });
    const stream = new ReplicationStream({
      command,
      from: options.from,
      statusIntervalMs: options.statusIntervalMs ?? 10_000,
      maxQueuedBytes: options.maxQueuedBytes ?? 4 * MEBIBYTE,
      maxBatchBytes: options.maxBatchBytes ?? MEBIBYTE,
      toError: (thrown, started) => toReplicationError(thrown, started, options.slot, this.subject),
    });
    this.stream = stream;
    this.client.query(stream);
    await stream.started;
    return stream;
  }

  /** End stream and session; after `limitMs` the socket is cut. Idempotent, never throws. */
  async close(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    const stream = this.stream;
    if (stream !== undefined && !(await stream.finish(limitMs))) stream.destroy();
    await endClient(this.client, limitMs);
  }

  private async slotState(slot: string): Promise<SlotState | undefined> {
    const [first] = await this.command(selectSlotSql(slot));
    if (first === undefined) return undefined;
    const row = slotRow.parse(first);
    return {
      plugin: row.plugin,
      walStatus: row.wal_status,
      confirmedFlushLsn: row.confirmed_flush_lsn,
      isHere: row.is_here,
    };
  }
}
