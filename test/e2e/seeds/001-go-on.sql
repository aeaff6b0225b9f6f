-- Re-enable
UPDATE source_servers SET is_enabled = 1 WHERE server_id = 1;
UPDATE table_mappings SET is_enabled = 1 WHERE mapping_id = 1;
