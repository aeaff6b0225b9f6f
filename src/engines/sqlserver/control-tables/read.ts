import type {
  ControlContent,
  ControlMapping,
  ControlServer,
} from '../../contract/control-tables.js';
import type { Query } from '../sql-session.js';

const MAPPINGS = `
select mapping_id, server_id, source_database, source_schema, source_table,
       dest_database, dest_schema, dest_table, primary_key_column, full_sync_trigger_column,
       is_enabled, cdc_enabled
  from sluice.table_mappings
 order by mapping_id`;

const SERVERS = `
select server_id, server_name, connection_string, is_enabled
  from sluice.source_servers
 order by server_id`;

interface ServerRecord extends Record<string, unknown> {
  server_id: number;
  server_name: string;
  connection_string: string;
  is_enabled: boolean;
}

interface MappingRecord extends Record<string, unknown> {
  mapping_id: number;
  server_id: number;
  source_database: string;
  source_schema: string;
  source_table: string;
  dest_database: string;
  dest_schema: string;
  dest_table: string;
  primary_key_column: string | null;
  full_sync_trigger_column: string | null;
  is_enabled: boolean;
  cdc_enabled: boolean;
}

/** Mappings first: the server of each is then there, whoever adds rows meanwhile. */
export async function readControlTables(query: Query): Promise<ControlContent> {
  const mappings = await query<MappingRecord>(MAPPINGS);
  const servers = await query<ServerRecord>(SERVERS);
  return { servers: servers.map(toServer), mappings: mappings.map(toMapping) };
}

function toServer(row: ServerRecord): ControlServer {
  return {
    serverId: row.server_id,
    name: row.server_name,
    connectionString: row.connection_string,
    enabled: row.is_enabled,
  };
}

function toMapping(row: MappingRecord): ControlMapping {
  return {
    mappingId: row.mapping_id,
    serverId: row.server_id,
    source: {
      database: row.source_database,
      schema: row.source_schema,
      table: row.source_table,
    },
    target: { database: row.dest_database, schema: row.dest_schema, table: row.dest_table },
    keyColumns: row.primary_key_column,
    resetColumn: row.full_sync_trigger_column,
    enabled: row.is_enabled,
    cdc: row.cdc_enabled,
  };
}
