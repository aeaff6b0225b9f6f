import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { WatermarkColumn } from './watermark-sql.js';
import { highestSql } from './watermark-sql.js';
import { CANDIDATE_PASSED, candidateSql } from './running-sql.js';

/** A highest value with the transactions that were running when it was read. */
interface Candidate {
  readonly value: string;
  readonly barrier: string;
  readonly at: string;
}

/** Most transactions end within this, so that most rounds need no second one. */
const WAIT_MS = 1_000;
const LOOK_EVERY_MS = 50;
/** Enough for a day of rounds behind one transaction; then the newest gives way. */
const KEPT = 3_000;

/**
 * Values for which no clock vouches: numbers are handed out before the commit, and writers' local
 * times have zones of their own. The highest value that is visible is safe once everyone has ended
 * who was running then: whoever begins later takes a higher value.
 */
export class SettledValues {
  /** Per table and column, oldest first. Lost with the process, which costs a round. */
  readonly #waiting = new Map<string, Candidate[]>();
  readonly #settled = new Map<string, string>();

  /** The newest safe value, or null while there is none. */
  async newest(client: pg.ClientBase, of: WatermarkColumn): Promise<string | null> {
    const id = `${of.relation} ${of.column}`;
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.set(id, waiting);
    const until = Date.now() + WAIT_MS;
    const candidate = await readCandidate(client, of);
    if (candidate === null) return null;
    if (candidate.value === this.#settled.get(id)) return candidate.value;
    if (waiting.length >= KEPT) waiting.pop();
    // Of one value the earlier reading has fewer to wait for.
    if (waiting.at(-1)?.value !== candidate.value) waiting.push(candidate);
    for (;;) {
      const passed = await this.#lastPassed(client, waiting);
      if (passed >= 0) {
        const [newest] = waiting.splice(0, passed + 1).slice(-1);
        if (newest !== undefined) this.#settled.set(id, newest.value);
      }
      if (waiting.length === 0 || Date.now() >= until) return this.#settled.get(id) ?? null;
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Who waits for less has passed when a later one has: so from the newest on. */
  async #lastPassed(client: pg.ClientBase, waiting: readonly Candidate[]): Promise<number> {
    for (const index of [waiting.length - 1, 0]) {
      const candidate = waiting[index];
      if (candidate !== undefined && (await hasPassed(client, candidate))) {
        return index === 0 ? this.#lastOfOldest(client, waiting) : index;
      }
    }
    return -1;
  }

  async #lastOfOldest(client: pg.ClientBase, waiting: readonly Candidate[]): Promise<number> {
    let low = 0;
    let high = waiting.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const candidate = waiting[middle];
      if (candidate !== undefined && (await hasPassed(client, candidate))) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

async function readCandidate(
  client: pg.ClientBase,
  of: WatermarkColumn,
): Promise<Candidate | null> {
  const { rows } = await client.query<{ barrier: string; at: string; value: string | null }>(
    candidateSql(highestSql(of)),
  );
  const [row] = rows;
  if (row === undefined || row.value === null) return null;
  return { value: row.value, barrier: row.barrier, at: row.at };
}

async function hasPassed(client: pg.ClientBase, candidate: Candidate): Promise<boolean> {
  const { rows } = await client.query<{ passed: boolean }>(CANDIDATE_PASSED, [
    candidate.barrier,
    candidate.at,
  ]);
  return rows[0]?.passed === true;
}
