import type { SluiceClient } from '../client.js';
import type { FailureLog } from './failure-log.js';
import type { Logger } from '../observability/logger.js';
import type { SessionOptions } from '../session/pipeline-session.js';

/** What the worker hands to its activities. */
export interface Dependencies {
  readonly session: SessionOptions;
  readonly client: SluiceClient;
  readonly logger: Logger;
  /** Of all activities of this worker: which steps fail, and since when. */
  readonly failures: FailureLog;
  /** Names this worker in `sluice.lane.owner` and in logs. */
  readonly worker: string;
  /** Search attributes are registered. */
  readonly attributes: boolean;
}
