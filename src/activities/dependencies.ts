import type { SluiceClient } from '../client.js';
import type { Logger } from '../observability/logger.js';
import type { SessionOptions } from '../session/pipeline-session.js';

/** What the worker hands to its activities. */
export interface Dependencies {
  readonly session: SessionOptions;
  readonly client: SluiceClient;
  readonly logger: Logger;
  /** Names this worker in `sluice.lane.owner` and in logs. */
  readonly worker: string;
  /** Search attributes are registered. */
  readonly attributes: boolean;
}
