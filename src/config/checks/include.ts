import type { EngineConfigs } from '../engine-config.js';
import type { Finding } from '../issue.js';
import type { SluiceConfig } from '../schema.js';

/** Without any pattern there is nothing to replicate but what the source offers by itself. */
export function checkInclude(config: SluiceConfig, engines: EngineConfigs): Finding[] {
  return Object.entries(config.pipelines).flatMap(([name, { source, tables }]) => {
    if (tables.include.length > 0) return [];
    const engine = engines[config.connections[source.connection]?.engine ?? ''];
    if ((engine?.discover?.({ ...source }) ?? 'off') !== 'off') return [];
    const path = ['pipelines', name, 'tables', 'include'];
    return [{ path, message: 'is empty; name a table or a pattern such as public.*' }];
  });
}
