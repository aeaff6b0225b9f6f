import { patched } from '@temporalio/workflow';
import { namePipeline } from './visibility.js';

/** Histories from before it looked more than once. */
const NAMES_LATER = 'names-later';

/**
 * A pipeline's search attribute of its name, which outlives a run. It is set when a reconcile finds
 * it registered, also where that comes long after the start.
 */
export class PipelineName {
  #isSet: boolean;
  /** Only the first reconcile of all looked, once. */
  #isFirst: boolean;

  /** @param carried whether the former run had set it; null: there was none */
  constructor(
    private readonly pipeline: string,
    carried: boolean | null,
  ) {
    this.#isSet = carried ?? false;
    this.#isFirst = carried === null;
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  look(registered: boolean): void {
    const first = this.#isFirst;
    this.#isFirst = false;
    if (!registered || this.#isSet || !(first || patched(NAMES_LATER))) return;
    namePipeline(this.pipeline);
    this.#isSet = true;
  }
}
