import { z } from 'zod';
import type { SqlSession } from '../sql-session.js';
import { READ_PUBLICATION, READ_SERVER, READ_SLOT } from './feed-sql.js';

export interface ServerFacts {
  /** As server_version_num: 180004. */
  readonly version: number;
  readonly wal_level: string;
  readonly max_slots: number;
  readonly used_slots: number;
  readonly inactive_slots: string | null;
  readonly in_recovery: boolean;
  readonly role: string;
  readonly database: string;
  readonly may_create: boolean;
}

export interface PublicationFacts {
  readonly all_tables: boolean;
  readonly via_root: boolean;
  readonly all_operations: boolean;
  /** Stored generated columns go along (version 18, publish_generated_columns). */
  readonly sends_generated: boolean;
  readonly owner: string;
  readonly comment: string | null;
}

const slotSchema = z.object({
  plugin: z.string().nullable(),
  slot_type: z.string(),
  database: z.string().nullable(),
  active: z.boolean(),
  active_pid: z.number().nullable(),
  restart_lsn: z.string().nullable(),
  confirmed_flush_lsn: z.string().nullable(),
  wal_status: z.string().nullable(),
  safe_wal_size: z.number().nullable(),
  /** Since version 16. */
  conflicting: z.boolean().nullish(),
  /** Since version 17. */
  invalidation_reason: z.string().nullish(),
  failover: z.boolean().nullish(),
});

export type SlotFacts = z.infer<typeof slotSchema>;

export async function readServer(session: SqlSession): Promise<ServerFacts> {
  const rows = await session.query<ServerFacts & Record<string, unknown>>(READ_SERVER);
  const [facts] = rows;
  if (facts === undefined) throw new TypeError('A SELECT without FROM gave no row.');
  return facts;
}

export async function readPublication(
  session: SqlSession,
  name: string,
): Promise<PublicationFacts | null> {
  const rows = await session.query<PublicationFacts & Record<string, unknown>>(READ_PUBLICATION, [
    name,
  ]);
  return rows[0] ?? null;
}

export async function readSlot(session: SqlSession, name: string): Promise<SlotFacts | null> {
  const rows = await session.query<{ slot: unknown }>(READ_SLOT, [name]);
  return rows[0] === undefined ? null : slotSchema.parse(rows[0].slot);
}

/** Why a slot cannot be read any more; null while it can. */
export function whyInvalid(slot: SlotFacts): string | null {
  if (slot.invalidation_reason != null) return slot.invalidation_reason.replaceAll('_', ' ');
  if (slot.conflicting === true) return 'a conflict with recovery';
  if (slot.wal_status === 'lost' || slot.restart_lsn === null) {
    return 'the log that it needs was removed (max_slot_wal_keep_size)';
  }
  return null;
}
