-- Stop specific table
UPDATE table_mappings SET is_enabled = 0 WHERE mapping_id = 1;
