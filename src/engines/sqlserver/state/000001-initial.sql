-- Schema sluice in a target database, version 1. Forward only; run once, in one transaction.
-- Batches are parted by lines that hold only GO. Positions are opaque text of fixed width that
-- sorts like the feed (design: position); what is compared exactly has a binary collation.
-- All times are UTC. No index is filtered and none is over a computed column: people write to these
-- tables with sqlcmd and from Agent jobs, whose QUOTED_IDENTIFIER is off, and would meet error 1934.

create table sluice.migration (
  version     int not null primary key,
  breaking    bit not null,
  applied_at  datetime2(3) not null default sysutcdatetime()
);

-- Configuration revisions: what the workers agreed on. References to secrets, never secrets.
create table sluice.pipeline (
  pipeline         nvarchar(64) collate Latin1_General_BIN2 not null,
  target           nvarchar(64) collate Latin1_General_BIN2 not null,
  revision         bigint not null,
  config_hash      nvarchar(128) not null,
  body             nvarchar(max) not null,
  source_identity  nvarchar(1000) not null,
  created_by       nvarchar(256) not null,
  created_at       datetime2(3) not null default sysutcdatetime(),
  primary key (pipeline, target, revision)
);

-- The one reader of a shared feed for one target. position is the checkpoint: it commits with the
-- rows.
create table sluice.lane (
  lane_id          bigint identity(1, 1) not null primary key,
  pipeline         nvarchar(64) collate Latin1_General_BIN2 not null,
  target           nvarchar(64) collate Latin1_General_BIN2 not null,
  n                int not null default 0,
  fence            bigint not null default 0,
  owner            nvarchar(256),
  owner_session    int,
  owner_login_time datetime,
  membership       bigint not null default 0,
  position         nvarchar(128) collate Latin1_General_BIN2,
  source_identity  nvarchar(1000),
  source_time      datetime2(3),
  recorded         nvarchar(128) collate Latin1_General_BIN2, -- end of the last batch in sluice.run
  parked_seq       bigint not null default 0,
  transactions     bigint not null default 0,
  changes          bigint not null default 0,
  state            nvarchar(64) not null default N'new',
  reason           nvarchar(2000),
  updated_at       datetime2(3) not null default sysutcdatetime(),
  constraint lane_name unique (pipeline, target, n)
);

-- One row per replicated table: the truth about where it stands and what is wanted of it. One
-- UPDATE of wanted is seen within ten seconds: *_seen hold what its workflow knows of.
create table sluice.table_state (
  table_id        bigint identity(1, 1) not null primary key,
  pipeline        nvarchar(64) collate Latin1_General_BIN2 not null,
  target          nvarchar(64) collate Latin1_General_BIN2 not null,
  slug            nvarchar(128) collate Latin1_General_BIN2 not null,
  source_schema   nvarchar(128) collate Latin1_General_BIN2 not null,
  source_table    nvarchar(128) collate Latin1_General_BIN2 not null,
  target_schema   nvarchar(128) not null,          -- as the database itself compares names
  target_table    nvarchar(128) not null,
  lane_id         bigint references sluice.lane (lane_id),
  mode            nvarchar(32) not null,
  [load]          nvarchar(32) not null,
  revision        bigint not null default 0,
  enabled         bit not null default 1,          -- config says it replicates
  enabled_seen    bit not null default 1,
  wanted          nvarchar(16) not null default N'run'
                  check (wanted in (N'run', N'pause', N'detach')),
  wanted_seen     nvarchar(16) not null default N'run',
  wanted_by       nvarchar(256),
  wanted_reason   nvarchar(2000),
  discovered      bit not null default 0,          -- not named by the configuration: see enabled
  force_full_load bit not null default 0,          -- set it: copied anew, and then cleared
  force_epoch     bigint,                          -- the epoch that stood when that was taken up
  forced_at       datetime2(3),
  phase           nvarchar(32) not null default N'new',
  phase_before    nvarchar(32),                    -- where a quarantined table stood
  phase_since     datetime2(3) not null default sysutcdatetime(),
  epoch           bigint not null default 0,
  epoch_request   nvarchar(256),                   -- what asked for the epoch; repeats begin nothing
  cutover_step    nvarchar(16),                    -- null, frozen, merged
  applies         bit not null default 0,          -- the lane writes its changes to the live table
  parks           bit not null default 0,          -- the lane writes its changes to sluice.parked
  fence           bigint not null default 0,       -- raised by whoever owns the table's present step
  position        nvarchar(128) collate Latin1_General_BIN2, -- live table: not behind this
  stage_position  nvarchar(128) collate Latin1_General_BIN2, -- rows fetched for the stage may have seen what lies before
  watermark       nvarchar(max),
  feed_mark       nvarchar(1000),                  -- its place in the source's feed when its epoch began
  source_fingerprint nvarchar(max),                -- object id, columns: see the catalogue watch
  rows_estimated  bigint,
  rows_copied     bigint not null default 0,
  attention       bigint not null default 0,       -- raised whenever its workflow has to look
  attention_seen  bigint not null default 0,
  fault_code      nvarchar(64),
  fault_message   nvarchar(max),
  fault_at        datetime2(3),
  verified_at     datetime2(3),
  verified_result nvarchar(32),
  updated_at      datetime2(3) not null default sysutcdatetime(),
  constraint table_state_source unique (pipeline, target, source_schema, source_table),
  constraint table_state_slug unique (pipeline, target, slug)
);
create index table_state_target on sluice.table_state (target_schema, target_table);
create index table_state_lane on sluice.table_state (lane_id);

-- What the lane last did for a table. Apart from table_state so that the lane never waits for a
-- step that holds the table's row.
create table sluice.table_feed (
  table_id     bigint not null primary key
               references sluice.table_state (table_id) on delete cascade,
  parks_from   nvarchar(128) collate Latin1_General_BIN2, -- from here every change is parked
  parked_rows  bigint not null default 0,
  parked_bytes bigint not null default 0,
  parked_since datetime2(3),
  inserts      bigint not null default 0,
  updates      bigint not null default 0,
  deletes      bigint not null default 0,
  truncates    bigint not null default 0,
  missing      bigint not null default 0,          -- updates and deletes that found no row
  changed_at   datetime2(3)
);

-- Ledger of a full sync. A chunk's row says done in the transaction that wrote its rows.
create table sluice.chunk (
  table_id    bigint not null references sluice.table_state (table_id) on delete cascade,
  epoch       bigint not null,
  n           int not null,
  relation    nvarchar(300) not null,              -- source relation (a partition) to read
  range_from  nvarchar(max),
  range_to    nvarchar(max),
  state       nvarchar(16) not null default N'pending'
              check (state in (N'pending', N'running', N'done')),
  lane        int,
  fence       bigint not null default 0,
  rows        bigint,
  bytes       bigint,
  started_at  datetime2(3),
  finished_at datetime2(3),
  source_position nvarchar(128) collate Latin1_General_BIN2, -- its snapshot saw only what lies before
  primary key (table_id, epoch, n)
);
create index chunk_open on sluice.chunk (table_id, epoch, state, n);

-- The shape (columns) that parked changes had when they left the source; found by its digest, as
-- the text of a wide table's shape does not fit into an index row.
create table sluice.parked_shape (
  shape_id  bigint identity(1, 1) not null primary key,
  table_id  bigint not null references sluice.table_state (table_id) on delete cascade,
  digest    binary(32) not null,
  shape     nvarchar(max) not null,
  constraint parked_shape_one unique (table_id, digest)
);

-- Changes of tables that the lane does not apply just now, in source order.
create table sluice.parked (
  table_id  bigint not null,
  seq       bigint not null,
  shape_id  bigint not null,
  position  nvarchar(128) collate Latin1_General_BIN2 not null,
  op        nvarchar(1) not null,                  -- i, u, d, t
  old_key   varbinary(max),
  row_data  varbinary(max),
  primary key (table_id, seq)
);

-- Objects that Sluice made, in the target or (side = source) in the source.
create table sluice.owned (
  side        nvarchar(16) collate Latin1_General_BIN2 not null default N'target',
  kind        nvarchar(64) collate Latin1_General_BIN2 not null,
  object      nvarchar(600) collate Latin1_General_BIN2 not null,
  pipeline    nvarchar(64) collate Latin1_General_BIN2 not null,
  target      nvarchar(64) collate Latin1_General_BIN2 not null,
  definition  nvarchar(max),
  created_at  datetime2(3) not null default sysutcdatetime(),
  primary key nonclustered (side, kind, object)
);

-- History: full syncs, verifications and, kind batch, each committed batch of a lane.
create table sluice.run (
  run_id        bigint identity(1, 1) not null primary key,
  kind          nvarchar(32) not null,
  pipeline      nvarchar(64) collate Latin1_General_BIN2 not null,
  target        nvarchar(64) collate Latin1_General_BIN2 not null,
  lane_id       bigint,
  table_id      bigint,
  epoch         bigint,
  fence         bigint,
  from_position nvarchar(128) collate Latin1_General_BIN2,
  to_position   nvarchar(128) collate Latin1_General_BIN2,
  transactions  bigint,
  inserts       bigint,
  updates       bigint,
  deletes       bigint,
  parked        bigint,
  rows          bigint,
  bytes         bigint,
  reason        nvarchar(2000),
  state         nvarchar(16) not null default N'done',
  started_at    datetime2(3) not null default sysutcdatetime(),
  finished_at   datetime2(3)
);
create index run_lane on sluice.run (lane_id, run_id);
create index run_table on sluice.run (table_id, run_id);

create table sluice.event (
  event_id  bigint identity(1, 1) not null primary key,
  at        datetime2(3) not null default sysutcdatetime(),
  pipeline  nvarchar(64) collate Latin1_General_BIN2 not null,
  target    nvarchar(64) collate Latin1_General_BIN2,
  table_id  bigint,
  level     nvarchar(16) not null default N'info'
            check (level in (N'debug', N'info', N'warning', N'error')),
  kind      nvarchar(64) not null,
  message   nvarchar(max) not null
);
create index event_at on sluice.event (at);

-- One open error per table and code: see REPEAT_ERROR, which locks the gap that this index shows.
create table sluice.error (
  error_id     bigint identity(1, 1) not null primary key,
  at           datetime2(3) not null default sysutcdatetime(),
  pipeline     nvarchar(64) collate Latin1_General_BIN2 not null,
  target       nvarchar(64) collate Latin1_General_BIN2 not null,
  table_id     bigint,
  code         nvarchar(64) collate Latin1_General_BIN2 not null,
  message      nvarchar(max) not null,
  remedy       nvarchar(max),
  occurrences  bigint not null default 1,
  last_at      datetime2(3) not null default sysutcdatetime(),
  resolved_at  datetime2(3)
);
create index error_open on sluice.error (pipeline, target, table_id, code, resolved_at);

create table sluice.verification (
  verification_id bigint identity(1, 1) not null primary key,
  pipeline      nvarchar(64) collate Latin1_General_BIN2 not null,
  target        nvarchar(64) collate Latin1_General_BIN2 not null,
  table_id      bigint not null,
  scope         nvarchar(64) not null,
  started_at    datetime2(3) not null default sysutcdatetime(),
  finished_at   datetime2(3),
  source_rows   bigint,
  target_rows   bigint,
  differences   bigint,
  repaired      bigint not null default 0,
  result        nvarchar(16) not null default N'running',
  message       nvarchar(max)
);
create index verification_table on sluice.verification (table_id, verification_id);

create table sluice.verification_row (
  verification_id bigint not null
                  references sluice.verification (verification_id) on delete cascade,
  n               int not null,
  row_key         nvarchar(max) not null,
  difference      nvarchar(16) not null
                  check (difference in (N'missing', N'extra', N'changed')),
  repaired        bit not null default 0,
  primary key (verification_id, n)
);

create table sluice.dead_letter (
  dead_letter_id bigint identity(1, 1) not null primary key,
  table_id       bigint not null references sluice.table_state (table_id) on delete cascade,
  seq            bigint not null,
  row_key        nvarchar(max) not null,
  code           nvarchar(64) not null,
  message        nvarchar(max) not null,
  at             datetime2(3) not null default sysutcdatetime(),
  settled_at     datetime2(3)
);

-- Control from SQL: insert a row, it is answered in the same row within ten seconds.
create table sluice.command (
  command_id   bigint identity(1, 1) not null primary key,
  command      nvarchar(16) not null check (command in
                 (N'pause', N'resume', N'enable', N'disable', N'resync', N'retry', N'verify')),
  pipeline     nvarchar(64) collate Latin1_General_BIN2, -- null: every pipeline of this target
  table_name   nvarchar(300) not null default N'*', -- schema.table of the target or source, or a glob
  reason       nvarchar(2000),
  requested_by nvarchar(256) not null default suser_sname(),
  requested_at datetime2(3) not null default sysutcdatetime(),
  taken_at     datetime2(3),
  answered_at  datetime2(3),
  answer       nvarchar(max)
);
create index command_open on sluice.command (answered_at, command_id);

create table sluice.reset_request (
  request_id   bigint identity(1, 1) not null primary key,
  pipeline     nvarchar(64) collate Latin1_General_BIN2,
  table_name   nvarchar(300) not null,
  requested_by nvarchar(256) not null default suser_sname(),
  requested_at datetime2(3) not null default sysutcdatetime(),
  taken_at     datetime2(3),
  answered_at  datetime2(3),
  answer       nvarchar(max)
);
create index reset_request_open on sluice.reset_request (answered_at, request_id);

-- Rows of a source that carried the reset trigger when an epoch began, until they are set back:
-- texts of the key, or the place of a row without one.
create table sluice.reset_mark (
  n         bigint identity(1, 1) not null primary key,
  table_id  bigint not null references sluice.table_state (table_id) on delete cascade,
  epoch     bigint not null,
  row_mark  nvarchar(max) not null
);
create index reset_mark_table on sluice.reset_mark (table_id, epoch, n);
GO

-- Where control tables stand in the same schema, the views of these names are theirs.
if object_id(N'sluice.v_sync_summary') is null
exec sp_executesql N'
create view sluice.v_sync_summary as
select t.pipeline, t.target, t.source_schema, t.source_table, t.target_schema, t.target_table,
       t.mode, t.phase, t.phase_since, t.wanted, t.epoch, t.rows_copied, t.rows_estimated,
       f.inserts, f.updates, f.deletes, f.missing, f.parked_rows, f.changed_at,
       l.position as lane_position, l.source_time as lane_source_time, l.state as lane_state,
       t.fault_code, t.fault_message, t.verified_at, t.verified_result
  from sluice.table_state t
  left join sluice.table_feed f on f.table_id = t.table_id
  left join sluice.lane l on l.lane_id = t.lane_id';
GO

if object_id(N'sluice.v_recent_errors') is null
exec sp_executesql N'
create view sluice.v_recent_errors as
select top (1000) e.error_id, e.last_at, e.pipeline, e.target, t.source_schema, t.source_table,
       e.code, e.message, e.remedy, e.occurrences, e.resolved_at
  from sluice.error e
  left join sluice.table_state t on t.table_id = e.table_id
 order by e.last_at desc';
