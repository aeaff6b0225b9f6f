/** The statements about a source's publication, slot and log. Names are quoted by the callers. */

export const READ_SERVER = `
SELECT current_setting('server_version_num')::int4 AS version,
       current_setting('wal_level') AS wal_level,
       current_setting('max_replication_slots')::int4 AS max_slots,
       (SELECT count(*)::int4 FROM pg_replication_slots) AS used_slots,
       (SELECT string_agg(slot_name, ', ' ORDER BY slot_name)
          FROM pg_replication_slots WHERE NOT active) AS inactive_slots,
       pg_is_in_recovery() AS in_recovery,
       current_user::text AS role,
       current_database()::text AS database,
       has_database_privilege(current_database(), 'CREATE') AS may_create`;

export const READ_PUBLICATION = `
SELECT p.puballtables AS all_tables, p.pubviaroot AS via_root,
       p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AS all_operations,
       coalesce(to_jsonb(p) ->> 'pubgencols' = 's', false) AS sends_generated,
       pg_get_userbyid(p.pubowner)::text AS owner,
       obj_description(p.oid, 'pg_publication') AS comment
  FROM pg_publication p
 WHERE p.pubname = $1`;

/** As JSON, because the columns grew with the versions. */
export const READ_SLOT = `
SELECT to_jsonb(s) AS slot
  FROM pg_replication_slots s
 WHERE s.slot_name = $1`;

/** Whatever may be a feed of ours: slots by their name, publications by their comment. */
export const READ_OURS = `
SELECT s.slot_name::text AS slot, NULL::text AS comment
  FROM pg_replication_slots s
 WHERE s.slot_type = 'logical' AND s.database = current_database() AND NOT s.temporary
   AND s.slot_name LIKE 'sluice\\_%'
UNION ALL
SELECT NULL, obj_description(p.oid, 'pg_publication')
  FROM pg_publication p
 WHERE obj_description(p.oid, 'pg_publication') LIKE 'Made by Sluice for pipeline %'`;

/** A primary's flushed end: what a slot can send. Standbys send what they have replayed. */
export const READ_END = `
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
            ELSE pg_current_wal_flush_lsn() END::text AS lsn`;

/**
 * Whether a table can be in a publication without making its users' UPDATE and DELETE fail: each
 * member of a partition tree needs an identity of its own. Generated columns are not sent: an identity
 * that has one names no row, and from version 18 on the server refuses the statement, also where the
 * identity is the whole row. $3: the publication sends the stored ones.
 */
export const READ_PUBLISHABLE = `
WITH wanted AS (
  SELECT n.nspname, c.oid, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relowner
    FROM unnest($1::text[], $2::text[]) AS w (schema_name, table_name)
    JOIN pg_namespace n ON n.nspname = w.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
member AS (
  SELECT w.oid AS root, format('%I.%I', n.nspname, m.relname) AS name, m.oid, m.relkind,
         m.relpersistence, m.relreplident
    FROM wanted w
    CROSS JOIN LATERAL (SELECT w.oid AS relid
                        UNION SELECT t.relid FROM pg_partition_tree(w.oid) t) tree
    JOIN pg_class m ON m.oid = tree.relid
    JOIN pg_namespace n ON n.oid = m.relnamespace)
SELECT w.nspname AS schema, w.relname AS table, w.relkind::text AS kind,
       w.relispartition AS is_partition,
       pg_get_userbyid(w.relowner)::text AS owner,
       pg_has_role(w.relowner, 'USAGE') AS owned,
       (SELECT string_agg(m.name, ', ' ORDER BY m.oid) FROM member m
         WHERE m.root = w.oid AND (m.relkind NOT IN ('r', 'p') OR m.relpersistence <> 'p')
       ) AS not_logged,
       (SELECT string_agg(m.name, ', ' ORDER BY m.oid) FROM member m
         WHERE m.root = w.oid AND m.relreplident <> 'f'
           AND NOT EXISTS (
                 SELECT FROM pg_index i
                  WHERE i.indrelid = m.oid AND i.indisvalid AND i.indimmediate
                    AND CASE m.relreplident WHEN 'd' THEN i.indisprimary
                                            WHEN 'i' THEN i.indisreplident
                                            ELSE false END)) AS without_identity,
       (SELECT string_agg(DISTINCT format('%s.%I', m.name, a.attname), ', ') FROM member m
          JOIN pg_attribute a ON a.attrelid = m.oid AND a.attgenerated <> '' AND NOT a.attisdropped
         WHERE m.root = w.oid
           AND CASE m.relreplident
               WHEN 'f' THEN current_setting('server_version_num')::int4 >= 180000
                             AND (a.attgenerated = 'v' OR NOT $3::bool)
               ELSE EXISTS (SELECT FROM pg_index i
                             WHERE i.indrelid = m.oid AND a.attnum = ANY (i.indkey::int2[])
                               AND CASE m.relreplident WHEN 'd' THEN i.indisprimary
                                                       WHEN 'i' THEN i.indisreplident
                                                       ELSE false END) END) AS generated
  FROM wanted w`;

/** Tables that the publication names one by one; filters exist since version 15. */
export const READ_MEMBERS = `
SELECT n.nspname AS schema, c.relname AS table,
       coalesce((to_jsonb(pr) ->> 'prqual') IS NOT NULL, false) AS filters_rows,
       coalesce((to_jsonb(pr) ->> 'prattrs') IS NOT NULL, false) AS filters_columns
  FROM pg_publication p
  JOIN pg_publication_rel pr ON pr.prpubid = p.oid
  JOIN pg_class c ON c.oid = pr.prrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE p.pubname = $1`;

/** Tables that the publication covers in any way: by name, by schema or because it has all. */
export const READ_COVERED = `
SELECT schemaname AS schema, tablename AS table
  FROM pg_publication_tables
 WHERE pubname = $1`;

/**
 * A transaction id of our own: every transaction that runs now has a lower one. The upper end of a
 * snapshot will not do: it is one more than the latest *ended* transaction, so those that began
 * after that one and still run lie beyond it (seen: a held commit passed such a barrier).
 */
export const TAKE_BARRIER = `
SELECT pg_current_xact_id()::text AS barrier`;

export const READ_BARRIER = `
SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS passed`;

/** The transaction that holds back the oldest visible one, in any database of the server. */
export const READ_OLDEST_TRANSACTION = `
SELECT who, wait_event, seconds
  FROM (SELECT format('process %s (%s, user %s, database %s)', pid,
                      coalesce(nullif(application_name, ''), 'no application name'),
                      usename, datname) AS who,
               wait_event, extract(epoch FROM clock_timestamp() - xact_start)::int4 AS seconds,
               age(backend_xid) AS age
          FROM pg_stat_activity
         WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL
        SELECT format('prepared transaction %L (user %s, database %s)', gid, owner, database),
               NULL, extract(epoch FROM clock_timestamp() - prepared)::int4, age(transaction)
          FROM pg_prepared_xacts) AS running
 ORDER BY age DESC
 LIMIT 1`;

/** Timelines have no view; a primary's is part of the name of its present WAL file. */
export const READ_LINEAGE = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database_oid,
       current_database()::text AS database,
       version() AS version,
       CASE WHEN pg_is_in_recovery()
            THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                          (SELECT timeline_id FROM pg_control_checkpoint()))::text
       END AS standby_timeline,
       CASE WHEN NOT pg_is_in_recovery()
            THEN substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END AS timeline_hex`;

/**
 * $1 publication, $2 schemas, $3 tables: what makes each table's place in the publication the one it
 * is. oids are never used twice in a row; filters and what is published exist or change in versions.
 */
export const READ_MARKS = `
SELECT w.schema_name AS schema, w.table_name AS table,
       CASE WHEN covered.tablename IS NULL THEN NULL
            ELSE concat_ws(' ', p.oid, coalesce(pr.oid::text, 'all'), pr.prrelid,
                           p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
                           md5(concat_ws(' ', to_jsonb(pr) ->> 'prqual', to_jsonb(pr) ->> 'prattrs')))
       END AS mark
  FROM unnest($2::text[], $3::text[]) AS w (schema_name, table_name)
  LEFT JOIN pg_publication p ON p.pubname = $1
  LEFT JOIN (SELECT DISTINCT schemaname, tablename FROM pg_publication_tables
              WHERE pubname = $1) AS covered
         ON covered.schemaname = w.schema_name AND covered.tablename = w.table_name
  LEFT JOIN pg_namespace n ON n.nspname = w.schema_name
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name
  LEFT JOIN pg_publication_rel pr ON pr.prpubid = p.oid AND pr.prrelid = c.oid`;

/** $1 slot, $2 application name: end the session of ours that reads it. */
export const END_READER = `
SELECT pg_terminate_backend(a.pid)
  FROM pg_replication_slots s
  JOIN pg_stat_activity a ON a.pid = s.active_pid
 WHERE s.slot_name = $1 AND a.usename = current_user
   AND split_part(a.application_name, ' ', 1) = split_part($2, ' ', 1)`;

/**
 * $1 slot, $2 up to, $3 publication: of the transactions with changes that the slot would send, the
 * last one that ends there or before. A commit's message is its letter, flags, and three numbers of
 * eight bytes: its place, its end, its time (PostgreSQL documentation, "Message Formats").
 */
export const READ_COMMITS = `
WITH sent AS (
  SELECT xid, get_byte(data, 0) AS kind, data
    FROM pg_logical_slot_peek_binary_changes($1, $2::pg_lsn, NULL, 'proto_version', '1',
                                             'publication_names', quote_ident($3))
),
commits AS (
  SELECT '0/0'::pg_lsn + ('x' || encode(substr(data, 11, 8), 'hex'))::bit(64)::int8::numeric AS end_lsn,
         ('x' || encode(substr(data, 19, 8), 'hex'))::bit(64)::int8 AS micros
    FROM sent
   WHERE kind = ascii('C')
     AND xid IN (SELECT c.xid FROM sent c
                  WHERE c.kind IN (ascii('I'), ascii('U'), ascii('D'), ascii('T')))
)
SELECT end_lsn::text, micros::text
  FROM commits
 WHERE end_lsn <= $2::pg_lsn
 ORDER BY end_lsn DESC
 LIMIT 1`;
