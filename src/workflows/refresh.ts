/** Full sync by a Schedule: asks every matching table for its next epoch. */
import { getExternalWorkflowHandle, isCancellation, workflowInfo } from '@temporalio/workflow';
import { tableId } from '../core/ids.js';
import { DEFAULT_TUNING, type PipelineRef, type TablePage } from '../core/protocol.js';
import { activities } from './activity-proxies.js';
import { requireNames } from './input.js';

export interface RefreshInput extends PipelineRef {
  readonly tables?: string;
  readonly target?: string;
}

export async function refresh(input: RefreshInput): Promise<{ asked: number; absent: number }> {
  requireNames(input, 'pipeline');
  const { control } = activities(DEFAULT_TUNING, input.pipeline);
  const facts = await control.reconcilePipeline({ pipeline: input.pipeline });
  const command = {
    requestId: workflowInfo().runId,
    by: 'schedule',
    reason: 'scheduled full sync',
  };
  let asked = 0;
  let absent = 0;
  for (const { target } of facts.targets) {
    if (input.target !== undefined && input.target !== target) continue;
    for (let after: string | null = ''; after !== null;) {
      const page: TablePage = await control.matchTables({
        pipeline: input.pipeline,
        target,
        pattern: input.tables ?? '*',
        after,
      });
      for (const slug of page.slugs) {
        const id = tableId({ pipeline: input.pipeline, target, slug });
        try {
          await getExternalWorkflowHandle(id).signal('forceResync', command);
          asked += 1;
        } catch (error) {
          if (isCancellation(error)) throw error;
          absent += 1;
        }
      }
      after = page.next;
    }
  }
  return { asked, absent };
}
