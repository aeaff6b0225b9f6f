/** What `check` reads. Every statement works for a role without any special right. */

export const READ_BASICS = `
SELECT current_setting('server_version_num')::int4 AS version,
       current_setting('server_version') AS version_text,
       current_setting('server_encoding') AS encoding,
       current_database()::text AS database,
       current_user::text AS role,
       pg_is_in_recovery() AS in_recovery,
       current_setting('transaction_read_only')::bool AS read_only,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
       to_regnamespace('sluice') IS NOT NULL AS has_state`;

export const READ_LOG_SETTINGS = `
SELECT current_setting('wal_level') AS wal_level,
       current_setting('max_replication_slots')::int4 AS max_slots,
       (SELECT count(*)::int4 FROM pg_replication_slots) AS used_slots,
       current_setting('max_wal_senders')::int4 AS max_senders,
       (SELECT count(*)::int4 FROM pg_stat_activity WHERE backend_type = 'walsender') AS used_senders,
       (SELECT setting FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS keep_mb,
       coalesce(current_setting('idle_replication_slot_timeout', true), '0') AS idle_timeout`;

/** Tables of users, with what this role may not do with them. */
export const READ_TABLE_RIGHTS = `
SELECT count(*)::int4 AS tables,
       count(*) FILTER (WHERE NOT may_read)::int4 AS unreadable,
       (array_agg(name ORDER BY name) FILTER (WHERE NOT may_read))[1:5] AS unreadable_names,
       count(*) FILTER (WHERE NOT owned)::int4 AS foreign_owned,
       (array_agg(name ORDER BY name) FILTER (WHERE NOT owned))[1:5] AS foreign_names,
       count(*) FILTER (WHERE filtered)::int4 AS filtered,
       (array_agg(name ORDER BY name) FILTER (WHERE filtered))[1:5] AS filtered_names
  FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name,
               has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS may_read,
               pg_has_role(c.relowner, 'USAGE') AS owned,
               row_security_active(c.oid) AS filtered
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'sluice')
           AND n.nspname NOT LIKE 'pg\\_%') AS tables`;

/** Collations whose library changed since their indexes were built; the database's since 15. */
export const READ_COLLATIONS = `
SELECT format('%I.%I', n.nspname, l.collname) AS name
  FROM pg_collation l
  JOIN pg_namespace n ON n.oid = l.collnamespace
 WHERE l.collversion <> pg_collation_actual_version(l.oid)
   AND EXISTS (SELECT FROM pg_attribute a WHERE a.attcollation = l.oid AND a.attrelid >= 16384)`;

export const READ_DATABASE_COLLATION = `
SELECT datcollate AS name
  FROM pg_database
 WHERE datname = current_database()
   AND datcollversion <> pg_database_collation_actual_version(oid)`;
