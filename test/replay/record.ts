import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import type { World } from '../workflow/harness.js';
import type { Told } from './scenarios.js';

export const HISTORIES = fileURLToPath(new URL('./histories', import.meta.url));

const { History } = temporal.api.history.v1;
type History = temporal.api.history.v1.History;

/** A history as plain data: enums by name, bytes as base64, 64-bit numbers as text. */
export interface Recorded {
  readonly name: string;
  readonly workflowId: string;
  readonly history: Record<string, unknown>;
}

export function historyOf(recorded: Recorded): History {
  return History.fromObject(recorded.history);
}

/** Fetch what was lived through, without anything that names the machine it happened on. */
export async function fetchAll(told: readonly Told[]): Promise<Recorded[]> {
  return Promise.all(
    told.map(async ({ name, handle }) => ({
      name,
      workflowId: handle.workflowId,
      history: anonymous(plain(await handle.fetchHistory())),
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

function plain(history: temporal.api.history.v1.IHistory): Record<string, unknown> {
  const message = History.fromObject(history);
  return History.toObject(message, { longs: String, enums: String, bytes: String });
}

function anonymous(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      key === 'identity' ? 'worker' : key === 'stackTrace' ? '' : anonymousValue(value),
    ]),
  );
}

function anonymousValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(hostname(), 'host');
  if (Array.isArray(value)) return value.map(anonymousValue);
  if (typeof value !== 'object' || value === null) return value;
  return anonymous({ ...value });
}
