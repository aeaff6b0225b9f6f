import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { World } from '../workflow/harness.js';
import type { Told } from './scenarios.js';

export const HISTORIES = fileURLToPath(new URL('./histories', import.meta.url));

export interface Recorded {
  readonly name: string;
  readonly workflowId: string;
  readonly history: unknown;
}

/** Fetch what was lived through, without anything that names the machine it happened on. */
export async function fetchAll(told: readonly Told[]): Promise<Recorded[]> {
  return Promise.all(
    told.map(async ({ name, handle }) => ({
      name,
      workflowId: handle.workflowId,
      history: anonymous(JSON.parse(historyToJSON(await handle.fetchHistory()))),
    })),
  );
}

/** Keep the histories of this version; run it on the version that is deployed, before a change. */
export async function keep(world: World, recorded: readonly Recorded[]): Promise<void> {
  for (const one of recorded) {
    const text = JSON.stringify(one).replaceAll(world.temporal.namespace, 'default');
    await writeFile(join(HISTORIES, `${one.name}.json`), `${text}\n`);
  }
}

function anonymous(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(hostname(), 'host');
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'identity' ? 'worker' : key === 'stackTrace' ? '' : anonymous(inner),
    ]),
  );
}
