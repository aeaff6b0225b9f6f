/**
 * Transactions of this database that may still write. One that has only read so far may write
 * later; those of this login that call themselves Sluice's never do. What other logins do is
 * visible to superusers and members of pg_read_all_stats only (PostgreSQL documentation,
 * "Viewing Statistics").
 */
const RUNNING = `
running as (
  select a.xact_start,
         not (pg_has_role('pg_read_all_stats', 'usage') or pg_has_role(a.usesysid, 'usage'))
           or a.state = 'disabled' as hidden
    from pg_stat_activity a
   where a.datname = current_database()
     and a.pid <> pg_backend_pid()
     and coalesce(a.backend_type, '') not in
           ('autovacuum worker', 'autovacuum launcher', 'walsender', 'parallel worker')
     and not (a.usename = current_user and a.application_name like 'sluice %')
)`;

/**
 * $1 overlap in ms. No row that is committed later has a value below this, as far as writers take
 * their values from the server's clock: a value is not older than the start of its transaction.
 * The second of grace covers columns that round and a session that has begun but not said so yet.
 * A prepared transaction tells when it was prepared, not when it began.
 */
export const SAFE_TIME = `
with ${RUNNING},
prepared as (
  select min(prepared) as first from pg_prepared_xacts where database = current_database()
),
safe as (
  select coalesce(bool_or(hidden), false) as hidden,
         least(min(xact_start), statement_timestamp()) - interval '1 second' as seen
    from running
)
select safe.hidden,
       least(case when safe.hidden
                  then least(safe.seen,
                             statement_timestamp() - $1::double precision * interval '1 millisecond')
                  else safe.seen end,
             prepared.first - $1::double precision * interval '1 millisecond')::text as value
  from safe
 cross join prepared`;

/**
 * Who is running now, to be asked about later: a transaction that writes has a number below
 * \`barrier\`; one that took a value and has no number yet began before \`at\`.
 */
export function candidateSql(highest: string): string {
  return `
select pg_snapshot_xmax(pg_current_snapshot())::text as barrier,
       statement_timestamp()::text as at,
       (${highest}) as value`;
}

/** $1 barrier, $2 at: everyone of then has ended. */
export const CANDIDATE_PASSED = `
with ${RUNNING}
select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8
       and not exists (select from running where xact_start <= $2::text::timestamptz) as passed`;

export const IN_RECOVERY = `select pg_is_in_recovery() as standby`;

export const HIDES_OTHERS = `
select not pg_has_role('pg_read_all_stats', 'usage') as hidden`;
