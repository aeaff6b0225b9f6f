/** Full sync by a Schedule: asks every matching table for its next epoch. */
import { getExternalWorkflowHandle, isCancellation, workflowInfo } from '@temporalio/workflow';
import { tableId } from '../core/ids.js';
import { DEFAULT_TUNING, type PipelineRef } from '../core/protocol.js';
import { activities } from './activity-proxies.js';
import { requireNames } from './input.js';
import { toMatching } from './to-matching.js';

export interface RefreshInput extends PipelineRef {
  readonly tables?: string;
  readonly target?: string;
}

/**
 * Fails when a target did not answer, once the tables of all others have been asked. Tables that
 * somebody paused or switched off are let rest.
 */
export async function refresh(input: RefreshInput): Promise<{ asked: number; absent: number }> {
  requireNames(input, 'pipeline');
  const { pipeline, tables: pattern = '*' } = input;
  const { control } = activities(DEFAULT_TUNING, pipeline);
  const facts = await control.reconcilePipeline({ pipeline });
  const targets = facts.targets.filter(({ target }) => (input.target ?? target) === target);
  let asked = 0;
  let absent = 0;
  const away = new Map<string, unknown>();
  await toMatching(targets, away, {
    // Who paused a table did not mean: until tonight.
    page: ({ target }, after) =>
      control.matchTables({ pipeline, target, pattern, after, awake: true }),
    send: async ({ target }, slugs) => {
      for (const slug of slugs) {
        if (await isAsked(tableId({ pipeline, target, slug }))) asked += 1;
        else absent += 1;
      }
    },
  });
  for (const failure of away.values()) throw failure;
  return { asked, absent };
}

/** False when no workflow of the table runs. */
async function isAsked(id: string): Promise<boolean> {
  const reason = 'scheduled full sync';
  const command = { requestId: workflowInfo().runId, by: 'schedule', reason };
  try {
    await getExternalWorkflowHandle(id).signal('forceResync', command);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
