/** Verification by hand or by a Schedule: all matching tables, a few at a time. */
import { setCurrentDetails } from '@temporalio/workflow';
import { DEFAULT_TUNING, type PipelineRef, type Tuning } from '../core/protocol.js';
import { activities } from './activity-proxies.js';

export interface VerificationInput extends PipelineRef {
  readonly tables?: string;
  readonly target?: string;
  readonly scope?: 'recent' | 'full';
  readonly repair?: boolean;
  readonly tuning?: Tuning;
}

export interface VerificationSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly differences: number;
  readonly repaired: number;
}

const AT_ONCE = 2;

export async function verification(input: VerificationInput): Promise<VerificationSummary> {
  const { control, verify } = activities(input.tuning ?? DEFAULT_TUNING, input.pipeline);
  const facts = await control.reconcilePipeline({ pipeline: input.pipeline });
  let total: VerificationSummary = {
    passed: 0,
    failed: 0,
    skipped: 0,
    differences: 0,
    repaired: 0,
  };

  for (const { target } of facts.targets) {
    if (input.target !== undefined && input.target !== target) continue;
    for (let after: string | null = ''; after !== null;) {
      const page: { slugs: readonly string[]; next: string | null } = await control.matchTables({
        pipeline: input.pipeline,
        target,
        pattern: input.tables ?? '*',
        after,
      });
      for (let at = 0; at < page.slugs.length; at += AT_ONCE) {
        await Promise.all(page.slugs.slice(at, at + AT_ONCE).map((slug) => one(target, slug)));
      }
      after = page.next;
    }
  }
  return total;

  async function one(target: string, slug: string): Promise<void> {
    const result = await verify.verifyTable({
      pipeline: input.pipeline,
      target,
      slug,
      scope: input.scope ?? 'full',
      repair: input.repair ?? false,
    });
    total = {
      passed: total.passed + (result.result === 'passed' ? 1 : 0),
      failed: total.failed + (result.result === 'failed' ? 1 : 0),
      skipped: total.skipped + (result.result === 'skipped' ? 1 : 0),
      differences: total.differences + result.differences,
      repaired: total.repaired + result.repaired,
    };
    setCurrentDetails(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  }
}
