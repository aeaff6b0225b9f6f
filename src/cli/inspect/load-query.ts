import { toSluiceError } from '../../core/errors.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { SourceDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';

const SUBJECT = 'source.care.loadQuery';
const REMEDY =
  'Run the query on the source with the login of Sluice and correct it; or remove loadQuery and loadLimit.';
/** What may be otherwise the next time. */
const PASSING = new Set(['SERVER_BUSY', 'CONNECTION_LOST', 'LOCK_TIMEOUT']);

/** Every copy asks the load query first: one that does not work lets none begin. */
export async function loadQueryFindings(
  session: PipelineSession,
  source: SourceDatabase,
): Promise<Finding[]> {
  const { loadQuery } = session.config.source.care;
  if (loadQuery === undefined) return [];
  try {
    await source.care.load(loadQuery);
    return [];
  } catch (thrown) {
    const { code, message, remedy = REMEDY } = toSluiceError(thrown);
    if (PASSING.has(code))
      return [{ severity: 'warning', code, subject: SUBJECT, message, remedy }];
    const told =
      code === 'CONFIG_INVALID'
        ? { message, remedy }
        : { message: `The load query failed: ${message}`, remedy: REMEDY };
    return [{ severity: 'error', code: 'CONFIG_INVALID', subject: SUBJECT, ...told }];
  }
}
