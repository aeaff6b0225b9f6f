import type { SluiceClient } from '../client.js';
import { SluiceError } from '../core/errors.js';
import { pipelineId, TASK_QUEUES } from '../core/ids.js';
import { faultOf } from './status/lane-faults.js';

const ASK_TEMPORAL_EVERY_MS = 3_000;
/** A worker that is starting needs a moment. */
const WORKER_GRACE_MS = 20_000;

/** Somebody has to do the work: without a worker, or with a fault, waiting has no end. */
export class TemporalWatch {
  #askedAt = 0;
  #faults = 0;
  #said: string | null = null;
  readonly #started = Date.now();

  constructor(
    private readonly client: SluiceClient,
    private readonly pipeline: string,
    private readonly note: (text: string) => void,
    /** Each needs a worker. */
    private readonly queues: readonly string[] = [TASK_QUEUES.control],
  ) {}

  async look(hasTables: boolean): Promise<void> {
    const now = Date.now();
    if (now - this.#askedAt < ASK_TEMPORAL_EVERY_MS) return;
    this.#askedAt = now;
    const workers = await Promise.all(this.queues.map((queue) => this.client.countPollers(queue)));
    if (workers.includes(0)) {
      if (now - this.#started > WORKER_GRACE_MS) throw noWorker(this.pipeline);
      return;
    }
    const fault = await faultOf(this.client, pipelineId(this.pipeline));
    this.#faults = fault === null ? 0 : this.#faults + 1;
    if (fault === null || this.#faults < 2) return;
    if (!hasTables) throw waits(this.pipeline, fault);
    if (this.#said !== fault) this.note(`${this.pipeline} waits after a failure: ${fault}`);
    this.#said = fault;
  }
}

function noWorker(pipeline: string): SluiceError {
  return new SluiceError('WORKER_MISSING', `No worker serves the pipeline ${pipeline}.`, {
    remedy: 'Start one with sluice worker: what was asked for is carried out then.',
  });
}

function waits(pipeline: string, fault: string): SluiceError {
  return new SluiceError('COMMAND_INVALID', `The pipeline ${pipeline} cannot begin: ${fault}`, {
    remedy: 'Mend the cause; it is tried again by itself. sluice check says more.',
  });
}
