import { z } from 'zod';
import type { Watermark } from '../../contract/watermark.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { highestSql } from './sql/range-sql.js';
import { READ_CLOCK, READ_OLDEST_TRANSACTION } from './sql/running-sql.js';
import type { WatermarkColumn } from './watermark-column.js';

/** A highest value, and when it had been read by the server's clock. */
interface Candidate {
  readonly value: Watermark;
  readonly at: string;
}

const CLOCK_ROW = z.object({ now: z.string() });
const BEGAN_ROW = z.object({ began: z.string().nullable() });
/** The login may not look. */
const HIDDEN = Symbol('hidden');
/** Enough for a day of rounds behind one transaction; then the newest gives way. */
const KEPT = 3_000;

/**
 * Values are handed out before the commit, so the highest that is visible is safe only once everyone
 * has ended who was running when it was read: whoever begins later takes a higher one. Where the
 * login does not see who runs, the highest is taken as it is, and the overlap has to make up for it.
 */
export class SettledValues {
  /** Per column, oldest first. Lost with the process, which costs a round. */
  readonly #waiting = new Map<string, Candidate[]>();
  readonly #settled = new Map<string, Watermark>();

  /** The newest safe value, or null while there is none. */
  async newest(query: Query, of: WatermarkColumn): Promise<Watermark | null> {
    const id = `${of.relation}.${of.name}`;
    const candidate = await readCandidate(query, of);
    if (candidate === null) return null;
    const oldest = await oldestTransaction(query);
    if (oldest === HIDDEN) return candidate.value;
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.set(id, waiting);
    if (waiting.length >= KEPT) waiting.pop();
    // Of one value the earlier reading has fewer to wait for.
    if (waiting.at(-1)?.value !== candidate.value) waiting.push(candidate);
    const passed = waiting.findLastIndex(({ at }) => oldest === null || at < oldest);
    const [newest] = waiting.splice(0, passed + 1).slice(-1);
    if (newest !== undefined) this.#settled.set(id, newest.value);
    return this.#settled.get(id) ?? null;
  }
}

/** The clock after the value: who has a lower one began before. */
async function readCandidate(query: Query, of: WatermarkColumn): Promise<Candidate | null> {
  const [row] = await query(highestSql(of));
  const value = row === undefined ? null : of.text(row.value);
  const [clock] = await query(READ_CLOCK);
  return value === null ? null : { value, at: CLOCK_ROW.parse(clock).now };
}

/** Whether the login sees who runs. */
export async function seesTransactions(query: Query): Promise<boolean> {
  return (await oldestTransaction(query)) !== HIDDEN;
}

/** Times of one server in one form compare as texts. */
async function oldestTransaction(query: Query): Promise<string | null | typeof HIDDEN> {
  const rows = await unlessHidden(async () => query(READ_OLDEST_TRANSACTION));
  return rows === null ? HIDDEN : BEGAN_ROW.parse(rows[0]).began;
}
