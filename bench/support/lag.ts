import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { TABLE } from './bench-table.js';

const WRITERS = 4;
/** How many transactions ahead of the newest one the next sample is. */
const AHEAD = 12;

const TOUCH = {
  name: 'touch',
  text: `update ${TABLE} set at = clock_timestamp(), n = n + 1 where id = $1 returning n`,
};

/** Every id once, in an order that jumps about; `rows` must not be a multiple of the step. */
function idOf(count: number, rows: number): number {
  return ((count * 7919) % rows) + 1;
}

export interface LagOptions {
  readonly seconds: number;
  readonly perSecond: number;
  readonly rows: number;
}

/**
 * One-row transactions at a steady rate from several sessions, each with the time in its row; a
 * session on the replica asks for one of them until it is there, then for the newest. Lag in ms.
 */
export async function measureLag(
  connect: () => Promise<pg.Client>,
  replica: pg.Client,
  options: LagOptions,
): Promise<number[]> {
  const writers = await Promise.all(Array.from({ length: WRITERS }, connect));
  const state = { issued: 0, done: false };
  const total = options.seconds * options.perSecond;
  const writing = Promise.all(
    writers.map(async (writer, offset) => write(writer, offset, total, options, state)),
  ).finally(() => {
    state.done = true;
  });
  const lags = await sample(replica, state, options);
  await writing;
  await Promise.all(writers.map(async (writer) => writer.end()));
  return lags;
}

interface Progress {
  issued: number;
  done: boolean;
}

async function write(
  writer: pg.Client,
  offset: number,
  total: number,
  options: LagOptions,
  state: Progress,
): Promise<void> {
  const began = performance.now();
  for (let count = offset; count < total; count += WRITERS) {
    const due = began + (count / options.perSecond) * 1000;
    const early = due - performance.now();
    if (early > 1) await delay(early);
    await writer.query({ ...TOUCH, values: [idOf(count, options.rows)] });
    state.issued = Math.max(state.issued, count);
  }
}

async function sample(replica: pg.Client, state: Progress, options: LagOptions): Promise<number[]> {
  const lags: number[] = [];
  const began = now();
  let wanted = AHEAD;
  // One that was there at the first look says nothing about when it came.
  let first = true;
  while (!state.done) {
    const { rows } = await replica.query<{ at: string }>({
      name: 'look',
      text: `select extract(epoch from at)::text as at from ${TABLE} where id = $1`,
      values: [idOf(wanted, options.rows)],
    });
    const at = Number(rows[0]?.at ?? 0) * 1000;
    if (at >= began) {
      if (!first) lags.push(now() - at);
      wanted = state.issued + AHEAD;
      first = true;
    } else {
      first = false;
      await delay(1);
    }
  }
  return lags;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
