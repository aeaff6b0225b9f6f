-- Stop entire server
UPDATE source_servers SET is_enabled = 0 WHERE server_id = 1;

-- Stop specific table
UPDATE table_mappings SET is_enabled = 0 WHERE mapping_id = 1;
