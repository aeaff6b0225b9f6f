import type { EngineConfigs } from '../engine-config.js';
import type { Finding } from '../issue.js';
import type { SluiceConfig } from '../schema.js';
import { unknownConnection } from './pipelines.js';

/** `controlTables` names a connection whose engine can hold them. */
export function checkControlTables(config: SluiceConfig, engines: EngineConfigs): Finding[] {
  const name = config.controlTables?.connection;
  if (name === undefined) return [];
  const path = ['controlTables', 'connection'];
  const connection = config.connections[name];
  if (connection === undefined) return [unknownConnection(name, path, config)];
  if (engines[connection.engine]?.controlTables === true) return [];
  const able = Object.values(engines).filter((engine) => engine.controlTables === true);
  const titles = able.map((engine) => engine.title).join(' or ');
  return [
    { path, message: `names ${name}, which can hold no control tables; name one with ${titles}` },
  ];
}
