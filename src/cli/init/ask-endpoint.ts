/** A connection that answers, asked for until there is one. */
import { SluiceError, type ErrorCode } from '../../core/errors.js';
import { engineConfigs } from '../../engines/registry.js';
import type { Asker } from '../ask.js';
import type { CliContext } from '../context.js';
import { reportError } from '../report-error.js';
import { parseDraft, reach, resolverFor, secretsOf } from './databases.js';
import { blankDraft, draftConfig } from './draft.js';
import { readEndpoint, type Endpoint } from './endpoint.js';

/** What another address or password mends. */
const ASKED_AGAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'DATABASE_MISSING',
  'LOGIN_REFUSED',
  'SERVER_UNREACHABLE',
  'TLS_REFUSED',
]);

/** @param given the address of the command line; null: a person is asked for it */
export async function askEndpoint(
  cli: CliContext,
  asker: Asker,
  side: 'source' | 'target',
  given: string | null,
): Promise<Endpoint> {
  for (;;) {
    try {
      const endpoint = readEndpoint(given ?? (await askUrl(asker, side)), side);
      await check(endpoint, side);
      return endpoint;
    } catch (thrown) {
      const again = thrown instanceof SluiceError && ASKED_AGAIN.has(thrown.code);
      if (given !== null || !again) throw thrown;
      reportError(thrown, cli.io);
    }
  }
}

function askUrl(asker: Asker, side: 'source' | 'target'): Promise<string> {
  const [scheme = ''] = Object.values(engineConfigs).flatMap((one) => one.urlSchemes);
  const name = side === 'source' ? 'Source' : 'Target';
  return asker.text(`${name} (${scheme}://user:password@host/database)`);
}

/** A target's database may be made later. */
async function check(endpoint: Endpoint, side: 'source' | 'target'): Promise<void> {
  const config = parseDraft(draftConfig(blankDraft('init', endpoint, endpoint)));
  try {
    await reach(endpoint, resolverFor(config, 'source', secretsOf([endpoint])));
  } catch (thrown) {
    const missing = thrown instanceof SluiceError && thrown.code === 'DATABASE_MISSING';
    if (!missing || side === 'source') throw thrown;
  }
}
