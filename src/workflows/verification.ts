/** Verification by hand or by a Schedule: all matching tables, a few at a time. */
import {
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { PipelineRef, TablePage, Tuning } from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { failureOf } from './fault.js';
import { requireNames, tuningOf } from './input.js';
import { isDueToRollOver } from './roll-over.js';

export interface VerificationInput extends PipelineRef {
  readonly tables?: string;
  readonly target?: string;
  /** One table by its slug; needs the target. */
  readonly slug?: string;
  readonly scope?: 'recent' | 'full';
  readonly repair?: boolean;
  readonly tuning?: Tuning;
  /** Of the former run. */
  readonly carried?: Carried;
}

export interface VerificationSummary {
  readonly passed: number;
  readonly failed: number;
  /** Neither: rows are left on which there is no verdict. */
  readonly unsettled: number;
  readonly skipped: number;
  /** Tables that could not be verified. */
  readonly errors: number;
  readonly differences: number;
  readonly repaired: number;
  /** The first of those that were not compared although they could be, each with the reason. */
  readonly notVerified: readonly string[];
  /** The first of those that never are compared, each with the reason. */
  readonly notCompared: readonly string[];
}

/** How far one run came, for the next. */
interface Carried {
  readonly target: string;
  readonly after: string;
  readonly total: VerificationSummary;
}

const AT_ONCE = 2;
const MAX_REASONS = 20;
const NOTHING: VerificationSummary = {
  passed: 0,
  failed: 0,
  unsettled: 0,
  skipped: 0,
  errors: 0,
  differences: 0,
  repaired: 0,
  notVerified: [],
  notCompared: [],
};

export async function verification(input: VerificationInput): Promise<VerificationSummary> {
  requireNames(input, 'pipeline');
  const tuning = tuningOf(input.tuning);
  return new VerificationRun(input, tuning).run();
}

class VerificationRun {
  readonly #do: Activities;
  #total: VerificationSummary;

  constructor(
    private readonly input: VerificationInput,
    private readonly tuning: Tuning,
  ) {
    this.#do = activities(tuning, input.pipeline);
    // A former run may have been of a release that counted less.
    this.#total = { ...NOTHING, ...input.carried?.total };
  }

  async run(): Promise<VerificationSummary> {
    const { input } = this;
    if (input.slug !== undefined && input.target !== undefined) {
      await this.#verify(input.target, input.slug);
      return this.#total;
    }
    const { pipeline, carried } = input;
    const facts = await this.#do.control.reconcilePipeline({ pipeline });
    const names = facts.targets.map((target) => target.target);
    const from = carried === undefined ? 0 : names.indexOf(carried.target);
    for (const target of names.slice(Math.max(0, from))) {
      if (input.target !== undefined && input.target !== target) continue;
      try {
        await this.#verifyTarget(target, carried?.target === target ? carried.after : '');
      } catch (error) {
        if (isCancellation(error) || error instanceof ContinueAsNew) throw error;
        this.#addError(target, error);
      }
    }
    return this.#total;
  }

  async #verifyTarget(target: string, from: string): Promise<void> {
    const { pipeline, tables: pattern = '*' } = this.input;
    for (let after: string | null = from; after !== null;) {
      if (isDueToRollOver(this.tuning)) {
        const carried = { target, after, total: this.#total };
        await continueAsNew<typeof verification>({ ...this.input, carried });
      }
      const ref = { pipeline, target, pattern, after };
      const page: TablePage = await this.#do.control.matchTables(ref);
      for (let at = 0; at < page.slugs.length; at += AT_ONCE) {
        const some = page.slugs.slice(at, at + AT_ONCE);
        await Promise.all(some.map((slug) => this.#verify(target, slug)));
      }
      after = page.next;
    }
  }

  /** A table that cannot be verified is counted; the others are verified all the same. */
  async #verify(target: string, slug: string): Promise<void> {
    const { pipeline, scope = 'full', repair = false } = this.input;
    try {
      const ref = { pipeline, target, slug, scope, repair };
      const found = await this.#do.verify.verifyTable(ref);
      const { result, differences, repaired, why, incomparable } = found;
      this.#add({ [result]: 1, differences, repaired });
      if (why !== undefined) this.#addReason('notVerified', `${slug} → ${target}: ${why}`);
      if (incomparable !== undefined)
        this.#addReason('notCompared', `${slug} → ${target}: ${incomparable}`);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#addError(`${slug} → ${target}`, error);
    }
    const { passed, failed, unsettled, skipped, errors } = this.#total;
    setCurrentDetails(
      `${passed} passed, ${failed} failed, ${unsettled} unsettled, ${skipped} skipped, ` +
        `${errors} not verified`,
    );
  }

  #addError(what: string, error: unknown): void {
    const { code, message } = failureOf(error);
    this.#add({ errors: 1 });
    this.#addReason('notVerified', `${what}: ${code}: ${message}`);
  }

  #addReason(kind: 'notVerified' | 'notCompared', reason: string): void {
    const reasons = [...this.#total[kind], reason].slice(0, MAX_REASONS);
    this.#total = { ...this.#total, [kind]: reasons };
  }

  #add(more: Partial<VerificationSummary>): void {
    const total = this.#total;
    this.#total = {
      ...total,
      passed: total.passed + (more.passed ?? 0),
      failed: total.failed + (more.failed ?? 0),
      unsettled: total.unsettled + (more.unsettled ?? 0),
      skipped: total.skipped + (more.skipped ?? 0),
      errors: total.errors + (more.errors ?? 0),
      differences: total.differences + (more.differences ?? 0),
      repaired: total.repaired + (more.repaired ?? 0),
    };
  }
}
