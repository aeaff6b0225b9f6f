/** Watching the pipeline until its tables stream. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { SluiceClient } from '../../client.js';
import { pipelineId } from '../../core/ids.js';
import { tableBoard } from './board.js';
import { DemoFailure } from './failure.js';
import { PIPELINE } from './pipeline-config.js';
import type { Screen } from './screen.js';
import type { SqlClient } from './sql-client.js';
import { readTables } from './table-states.js';
import type { TableState } from './table-states.js';

const LOOK_EVERY_MS = 100;
const ASK_EVERY_MS = 3_000;

export interface Watched {
  readonly screen: Screen;
  readonly target: SqlClient;
  readonly client: SluiceClient;
  /** The one table to look at; without it all. */
  readonly only?: string;
}

/** Draws the tables until `isDone` says so; throws a DemoFailure for a table that cannot go on. */
export async function watchTables(
  { screen, target, client, only }: Watched,
  timeoutMs: number,
  isDone: (tables: readonly TableState[]) => boolean,
): Promise<readonly TableState[]> {
  const began = Date.now();
  let askedAt = began;
  for (;;) {
    const all = await readTables(target);
    const tables = all.filter(({ slug }) => only === undefined || slug === only);
    const { lines, short } = tableBoard(tables, screen.paint);
    if (tables.length > 0) screen.board(lines, short);
    const broken = all.find((table) => table.phase === 'quarantined');
    if (broken !== undefined) {
      screen.endBoard();
      throw new DemoFailure(`${broken.name} cannot go on: ${broken.fault ?? 'no reason given'}`);
    }
    if (isDone(tables)) {
      screen.endBoard();
      return tables;
    }
    if (Date.now() - began > timeoutMs) {
      screen.endBoard();
      throw new DemoFailure(await whyNot(client, tables, timeoutMs));
    }
    if (tables.length === 0 && Date.now() - askedAt > ASK_EVERY_MS) {
      askedAt = Date.now();
      const fault = await faultOf(client);
      if (fault !== null) screen.say(`The pipeline waits: ${fault}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

async function whyNot(
  client: SluiceClient,
  tables: readonly TableState[],
  timeoutMs: number,
): Promise<string> {
  const waiting = tables
    .filter((table) => table.phase !== 'streaming')
    .map((table) => `${table.name} (${table.phase})`);
  const what = waiting.length === 0 ? 'The pipeline has' : `${waiting.join(', ')} have`;
  const fault = await faultOf(client);
  const seconds = String(Math.round(timeoutMs / 1_000));
  return `${what} not come so far within ${seconds} seconds${fault === null ? '.' : `: ${fault}`}`;
}

const status = z.object({ fault: z.string().nullable() });

async function faultOf(client: SluiceClient): Promise<string | null> {
  const answer = await client.query(pipelineId(PIPELINE)).catch(() => null);
  const parsed = status.safeParse(answer);
  return parsed.success ? parsed.data.fault : null;
}
