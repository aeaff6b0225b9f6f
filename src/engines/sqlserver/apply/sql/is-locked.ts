/**
 * Fails with 1222 while `table` (quoted) is locked against writers. The first asks for what each
 * writer needs (an intent lock on the table), so it meets whoever holds the table; the second for a
 * shared lock on all of it, so it meets whoever has written rows and not ended yet
 * (test/conformance/sqlserver/locks: "TABLOCK, HOLDLOCK meets who has written a row"). Readers that
 * come and go are in the way of neither. Both locks end with their statement, and as nothing waits,
 * nobody queues behind them (test/conformance/sqlserver/locks: "locks of a statement outside of a
 * transaction end with it"). The setting ends with the text, as it is sent by sp_executesql.
 */
export const isFreeSql = (table: string): string => `
set lock_timeout 0;
select top (1) 1 as one from ${table} with (updlock, rowlock);
select top (1) 1 as one from ${table} with (tablock, holdlock)`;

/**
 * @table quoted, @seconds. One row where a transaction that is older than that holds the table, or
 * has written to it, or waits for all of it (who writes then queues behind;
 * test/conformance/sqlserver/locks: "dm_tran_locks has who waits as well"). Takes VIEW SERVER STATE
 * (2022: VIEW SERVER PERFORMANCE STATE).
 */
export const SELECT_LONG_HOLDER = `
select top (1) l.request_session_id as session
  from sys.dm_tran_locks l
  join sys.dm_tran_active_transactions a on a.transaction_id = l.request_owner_id
 where l.resource_type = N'OBJECT' and l.resource_database_id = db_id()
   and l.resource_associated_entity_id = object_id(@table)
   and l.request_owner_type = N'TRANSACTION' and l.request_session_id <> @@spid
   and (l.request_mode in (N'S', N'U', N'X', N'SIX', N'BU', N'Sch-M')
        or l.request_mode = N'IX' and l.request_status not in (N'WAIT', N'LOW_PRIORITY_WAIT'))
   and a.transaction_begin_time < dateadd(second, -@seconds, getdate())`;
