import type {
  ControlContent,
  ControlMapping,
  ControlServer,
} from '../../../../src/engines/contract/control-tables.js';
import { checkDocuments } from '../../../../src/config/load.js';
import { parseConfigText } from '../../../../src/config/document.js';
import { engineConfigs } from '../../../../src/engines/registry.js';

/** The rows of seed 001's document. */
export const SERVER: ControlServer = {
  serverId: 1,
  name: 'SourceServer1',
  connectionString:
    'server=source1.example.com;user id=sa;password=pass;database=master;encrypt=disable',
  enabled: true,
};

export const MAPPING: ControlMapping = {
  mappingId: 1,
  serverId: 1,
  source: { database: 'SourceDB', schema: 'dbo', table: 'Users' },
  target: { database: 'DestDB', schema: 'dbo', table: 'Users' },
  keyColumns: 'UserID',
  resetColumn: 'FullSyncTrigger',
  enabled: true,
  cdc: true,
};

export function server(over: Partial<ControlServer>): ControlServer {
  return { ...SERVER, ...over };
}

export function mapping(over: Partial<ControlMapping>): ControlMapping {
  return { ...MAPPING, ...over };
}

/** A mapping of another table of the same databases. */
export function mappingOf(
  mappingId: number,
  table: string,
  over: Partial<ControlMapping> = {},
): ControlMapping {
  const place = (database: string) => ({ database, schema: 'dbo', table });
  return mapping({ mappingId, source: place('SourceDB'), target: place('DestDB'), ...over });
}

export const FILE = `
version: 1
connections:
  control:
    engine: sqlserver
    url: \${DEST_URL}
controlTables:
  connection: control
  variables: [SOURCE_SERVER_PASSWORD]
`;

/** A config file of this text, with these rows. */
export function read(content: ControlContent, text = FILE): ReturnType<typeof checkDocuments> {
  return checkDocuments([parseConfigText('sluice.yaml', text)], engineConfigs, content);
}
