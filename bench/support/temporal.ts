import { temporalSettings } from '../../src/client/connection-options.js';
import { SEARCH_ATTRIBUTES } from '../../src/client/search-attributes.js';
import { SluiceClient } from '../../src/client.js';
import {
  ensureTemporal,
  startTemporal,
  type LocalTemporal,
} from '../../src/local/temporal-service.js';

/** A Temporal service of the benchmarks' own: never the one that somebody else uses. */
export async function startService(): Promise<LocalTemporal> {
  const found = await ensureTemporal({ env: { ...process.env, TEMPORAL_ADDRESS: undefined } });
  if (found.kind !== 'binary') throw new Error('The benchmarks run a service of their own.');
  return startTemporal({ binary: found.path, searchAttributes: SEARCH_ATTRIBUTES });
}

export function connectClient({ address }: LocalTemporal): Promise<SluiceClient> {
  return SluiceClient.connect(temporalSettings({ TEMPORAL_ADDRESS: address }));
}
