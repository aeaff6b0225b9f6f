-- Schema sluice in a target database, version 1. Forward only; run once, in one transaction.
-- Positions are opaque text of fixed width that sorts like the feed (design: position).

create table sluice.migration (
  version     integer primary key,
  breaking    boolean not null,
  applied_at  timestamptz not null default now()
);

-- Configuration revisions: what the workers agreed on. References to secrets, never secrets.
create table sluice.pipeline (
  pipeline         text not null,
  target           text not null,
  revision         bigint not null,
  config_hash      text not null,
  body             jsonb not null,
  source_identity  text not null,
  created_by       text not null,
  created_at       timestamptz not null default now(),
  primary key (pipeline, target, revision)
);

-- The one reader of a shared log for one target. position is the checkpoint: it commits with the rows.
create table sluice.lane (
  lane_id             bigint generated always as identity primary key,
  pipeline            text not null,
  target              text not null,
  n                   integer not null default 0,
  fence               bigint not null default 0,
  owner               text,
  owner_pid           integer,
  owner_backend_start timestamptz,
  membership          bigint not null default 0,
  position            text,
  source_identity     text,
  source_time         timestamptz,
  recorded            text,                        -- end of the last batch in sluice.run
  parked_seq          bigint not null default 0,
  transactions        bigint not null default 0,
  changes             bigint not null default 0,
  state               text not null default 'new',
  reason              text,
  updated_at          timestamptz not null default now(),
  unique (pipeline, target, n)
);

-- One row per replicated table: the truth about where it stands and what is wanted of it.
create table sluice.table_state (
  table_id        bigint generated always as identity primary key,
  pipeline        text not null,
  target          text not null,
  slug            text not null,
  source_schema   text not null,
  source_table    text not null,
  target_schema   text not null,
  target_table    text not null,
  lane_id         bigint references sluice.lane,
  mode            text not null,
  load            text not null,
  revision        bigint not null default 0,
  enabled         boolean not null default true,   -- config says it replicates
  wanted          text not null default 'run' check (wanted in ('run', 'pause', 'detach')),
  wanted_by       text,
  wanted_reason   text,
  discovered      boolean not null default false,  -- not named by the configuration: see enabled
  force_full_load boolean not null default false,  -- set it: copied anew, and then cleared
  force_epoch     bigint,                          -- the epoch that stood when that was taken up
  forced_at       timestamptz,
  phase           text not null default 'new',
  phase_before    text,                            -- where a quarantined table stood
  phase_since     timestamptz not null default now(),
  epoch           bigint not null default 0,
  epoch_request   text,                            -- what asked for the epoch; repeats begin nothing
  cutover_step    text,                            -- null, frozen, merged
  applies         boolean not null default false,  -- the lane writes its changes to the live table
  parks           boolean not null default false,  -- the lane writes its changes to sluice.parked
  fence           bigint not null default 0,       -- raised by whoever owns the table's present step
  position        text,                            -- live table: not behind this
  stage_position  text,                            -- rows fetched for the stage may have seen what lies before; ~: not told yet
  watermark       text,
  feed_mark       text,                            -- its place in the source's feed when its epoch began
  source_fingerprint text,                         -- object id, file node, columns: see the catalogue watch
  rows_estimated  bigint,
  rows_copied     bigint not null default 0,
  attention       bigint not null default 0,       -- raised whenever its workflow has to look
  attention_seen  bigint not null default 0,
  fault_code      text,
  fault_message   text,
  fault_at        timestamptz,
  verified_at     timestamptz,
  verified_result text,
  updated_at      timestamptz not null default now(),
  unique (pipeline, target, source_schema, source_table),
  unique (pipeline, target, slug)
);
create unique index table_state_target on sluice.table_state (target_schema, target_table)
  where wanted <> 'detach';

-- One UPDATE of what is wanted of a table, by a person or by the configuration, is seen by its
-- workflow: it has to look.
create function sluice.wanted_changed()
returns trigger language plpgsql as $$
begin
  if new.wanted is distinct from old.wanted and new.attention = old.attention
     and new.wanted_by is not distinct from old.wanted_by
     and new.wanted_reason is not distinct from old.wanted_reason then
    new.wanted_by := session_user;
    new.wanted_reason := 'asked for in SQL';
  end if;
  new.attention := greatest(new.attention, old.attention + 1);
  return new;
end $$;
create trigger wanted_changed before update of wanted, enabled on sluice.table_state
  for each row
  when (new.wanted is distinct from old.wanted or new.enabled is distinct from old.enabled)
  execute function sluice.wanted_changed();

-- What the lane last did for a table. Apart from table_state so that the lane never waits for a
-- step that holds the table's row.
create table sluice.table_feed (
  table_id     bigint primary key references sluice.table_state on delete cascade,
  parks_from   text,                               -- position from which every change is parked
  parked_rows  bigint not null default 0,
  parked_bytes bigint not null default 0,
  parked_since timestamptz,
  inserts      bigint not null default 0,
  updates      bigint not null default 0,
  deletes      bigint not null default 0,
  truncates    bigint not null default 0,
  missing      bigint not null default 0,          -- updates and deletes that found no row
  changed_at   timestamptz
);

-- Ledger of a full sync. A chunk's row says done in the transaction that wrote its rows.
create table sluice.chunk (
  table_id    bigint not null references sluice.table_state on delete cascade,
  epoch       bigint not null,
  n           integer not null,
  relation    text not null,                       -- source relation (a partition's leaf) to read
  range_from  text,
  range_to    text,
  state       text not null default 'pending' check (state in ('pending', 'running', 'done')),
  lane        integer,
  fence       bigint not null default 0,
  rows        bigint,
  bytes       bigint,
  started_at  timestamptz,
  finished_at timestamptz,
  source_position text,                            -- everything that the chunk's snapshot saw lies before
  primary key (table_id, epoch, n)
);
create index chunk_open on sluice.chunk (table_id, epoch, n) where state <> 'done';

-- The shape (columns) that parked changes had when they left the source.
create table sluice.parked_shape (
  shape_id  bigint generated always as identity primary key,
  table_id  bigint not null references sluice.table_state on delete cascade,
  shape     jsonb not null
);
-- By digest: the text of a wide table's shape does not fit into an index row.
create unique index parked_shape_one on sluice.parked_shape (table_id, md5(shape::text));

-- Changes of tables that the lane does not apply just now, in source order.
create table sluice.parked (
  table_id  bigint not null,
  seq       bigint not null,
  shape_id  bigint not null,
  position  text not null,
  op        "char" not null,                       -- i, u, d, t
  old_key   bytea,
  row_data  bytea,
  primary key (table_id, seq)
);

-- Who wrote rows of a stage, told by xmin, which both have in common. Rows of nobody: the copy's.
create table sluice.stage_writer (
  table_id  bigint not null references sluice.table_state on delete cascade,
  n         bigint generated always as identity,   -- a publication for all tables asks for a key
  seen      text,                                  -- what they may have seen lies before; null: only what was applied
  primary key (table_id, n)
);

-- Objects that Sluice made, in the target or (side = source) in the source.
create table sluice.owned (
  side        text not null default 'target',
  kind        text not null,
  object      text not null,
  pipeline    text not null,
  target      text not null,
  definition  text,
  created_at  timestamptz not null default now(),
  primary key (side, kind, object)
);

-- History: full syncs, verifications and, kind batch, each committed batch of a lane.
create table sluice.run (
  run_id        bigint generated always as identity primary key,
  kind          text not null,
  pipeline      text not null,
  target        text not null,
  lane_id       bigint,
  table_id      bigint,
  epoch         bigint,
  fence         bigint,
  from_position text,
  to_position   text,
  transactions  bigint,
  inserts       bigint,
  updates       bigint,
  deletes       bigint,
  parked        bigint,
  rows          bigint,
  bytes         bigint,
  reason        text,
  state         text not null default 'done',
  started_at    timestamptz not null default now(),
  finished_at   timestamptz
);
create index run_lane on sluice.run (lane_id, run_id) where kind = 'batch';
create index run_table on sluice.run (table_id, run_id) where kind <> 'batch';

create table sluice.event (
  event_id  bigint generated always as identity primary key,
  at        timestamptz not null default now(),
  pipeline  text not null,
  target    text,
  table_id  bigint,
  level     text not null default 'info' check (level in ('debug', 'info', 'warning', 'error')),
  kind      text not null,
  message   text not null
);
create index event_at on sluice.event (at);

create table sluice.error (
  error_id     bigint generated always as identity primary key,
  at           timestamptz not null default now(),
  pipeline     text not null,
  target       text not null,
  table_id     bigint,
  code         text not null,
  message      text not null,
  remedy       text,
  occurrences  bigint not null default 1,
  last_at      timestamptz not null default now(),
  resolved_at  timestamptz
);
create unique index error_open on sluice.error (pipeline, target, coalesce(table_id, 0), code)
  where resolved_at is null;

create table sluice.verification (
  verification_id bigint generated always as identity primary key,
  pipeline      text not null,
  target        text not null,
  table_id      bigint not null,
  scope         text not null,
  started_at    timestamptz not null default now(),
  finished_at   timestamptz,
  source_rows   bigint,
  target_rows   bigint,
  differences   bigint,
  repaired      bigint not null default 0,
  result        text not null default 'running',
  message       text
);
create index verification_table on sluice.verification (table_id, verification_id);

create table sluice.verification_row (
  verification_id bigint not null references sluice.verification on delete cascade,
  n               integer not null,
  row_key         text not null,
  difference      text not null check (difference in ('missing', 'extra', 'changed')),
  repaired        boolean not null default false,
  primary key (verification_id, n)
);

create table sluice.dead_letter (
  dead_letter_id bigint generated always as identity primary key,
  table_id       bigint not null references sluice.table_state on delete cascade,
  seq            bigint not null,
  row_key        text not null,
  code           text not null,
  message        text not null,
  at             timestamptz not null default now(),
  settled_at     timestamptz
);

-- Control from SQL: insert a row, it is answered in the same row within ten seconds.
create table sluice.command (
  command_id   bigint generated always as identity primary key,
  command      text not null check (command in
                 ('pause', 'resume', 'enable', 'disable', 'resync', 'retry', 'verify')),
  pipeline     text,                               -- null: every pipeline of this target
  table_name   text not null default '*',          -- schema.table of the target or source, or a glob
  reason       text,
  requested_by text not null default session_user,
  requested_at timestamptz not null default now(),
  taken_at     timestamptz,
  answered_at  timestamptz,
  answer       text
);
create index command_open on sluice.command (command_id) where answered_at is null;

create table sluice.reset_request (
  request_id   bigint generated always as identity primary key,
  pipeline     text,
  table_name   text not null,
  requested_by text not null default session_user,
  requested_at timestamptz not null default now(),
  taken_at     timestamptz,
  answered_at  timestamptz,
  answer       text
);
create index reset_request_open on sluice.reset_request (request_id) where answered_at is null;

-- Rows of a source that carried the reset trigger when an epoch began, until they are set back:
-- texts of the key, or the place of a row without one.
create table sluice.reset_mark (
  n         bigint generated always as identity primary key,
  table_id  bigint not null references sluice.table_state on delete cascade,
  epoch     bigint not null,
  row_mark  jsonb not null
);
create index reset_mark_table on sluice.reset_mark (table_id, epoch, n);

-- First statement of every lane batch: only the owner of the fence, with the membership that it
-- knows and from the position that it expects, may write.
create function sluice.lane_begin(p_lane bigint, p_fence bigint, p_membership bigint, p_from text)
returns void language plpgsql as $$
declare l sluice.lane;
begin
  select * into l from sluice.lane where lane_id = p_lane for update;
  if not found or l.fence <> p_fence or l.position is distinct from p_from then
    raise exception 'lane % has a newer owner', p_lane using errcode = 'SL001';
  end if;
  if l.membership <> p_membership then
    raise exception 'lane % has new members', p_lane using errcode = 'SL002';
  end if;
end $$;

-- Last statement of every lane batch: the checkpoint and its line in the history. A line begins
-- where the former ended, also when the checkpoint moved meanwhile because nothing happened.
create function sluice.lane_checkpoint(p_lane bigint, p_to text, p_time timestamptz,
  p_transactions bigint, p_inserts bigint, p_updates bigint, p_deletes bigint, p_parked bigint)
returns void language sql as $$
  insert into sluice.run (kind, pipeline, target, lane_id, fence, from_position, to_position,
                          transactions, inserts, updates, deletes, parked, finished_at)
  select 'batch', pipeline, target, lane_id, fence, coalesce(recorded, position), p_to,
         p_transactions, p_inserts, p_updates, p_deletes, p_parked, clock_timestamp()
    from sluice.lane where lane_id = p_lane;
  update sluice.lane
     set position = p_to, recorded = p_to, source_time = coalesce(p_time, source_time),
         parked_seq = parked_seq + p_parked,
         transactions = transactions + p_transactions,
         changes = changes + p_inserts + p_updates + p_deletes + p_parked,
         updated_at = clock_timestamp()
   where lane_id = p_lane;
$$;

-- Lock a table's row for a step; only the owner of the fence may go on.
create function sluice.table_begin(p_table bigint, p_fence bigint)
returns void language plpgsql as $$
declare t sluice.table_state;
begin
  select * into t from sluice.table_state where table_id = p_table for update;
  if not found or t.fence <> p_fence then
    raise exception 'table % has a newer owner', p_table using errcode = 'SL003';
  end if;
end $$;

-- A statement that did not find all the rows it was sent for ends the batch: the lane then looks
-- closer. As a function so that a batch needs no answer before its COMMIT is sent.
create function sluice.expect_rows(p_found bigint, p_expected bigint)
returns bigint language plpgsql as $$
begin
  if p_found <> p_expected then
    raise exception 'found % of % rows', p_found, p_expected using errcode = 'SL004';
  end if;
  return p_found;
end $$;

-- Last statement of a chunk's transaction: only the owner of the chunk and of the epoch may write.
create function sluice.chunk_done(p_table bigint, p_table_fence bigint, p_epoch bigint,
  p_n integer, p_fence bigint, p_rows bigint, p_bytes bigint, p_source_position text)
returns void language plpgsql as $$
begin
  update sluice.chunk
     set state = 'done', rows = p_rows, bytes = p_bytes, source_position = p_source_position,
         finished_at = clock_timestamp()
   where table_id = p_table and epoch = p_epoch and n = p_n
     and fence = p_fence and state = 'running';
  if not found then
    raise exception 'chunk % of table % has a newer owner', p_n, p_table using errcode = 'SL001';
  end if;
  update sluice.table_state
     set rows_copied = rows_copied + p_rows
   where table_id = p_table and epoch = p_epoch and fence = p_table_fence;
  if not found then
    raise exception 'table % has a newer owner', p_table using errcode = 'SL003';
  end if;
end $$;

create view sluice.v_sync_summary as
select t.pipeline, t.target, t.source_schema, t.source_table, t.target_schema, t.target_table,
       t.mode, t.phase, t.phase_since, t.wanted, t.epoch, t.rows_copied, t.rows_estimated,
       f.inserts, f.updates, f.deletes, f.missing, f.parked_rows, f.changed_at,
       l.position as lane_position, l.source_time as lane_source_time, l.state as lane_state,
       t.fault_code, t.fault_message, t.verified_at, t.verified_result
  from sluice.table_state t
  left join sluice.table_feed f using (table_id)
  left join sluice.lane l using (lane_id);

create view sluice.v_recent_errors as
select e.error_id, e.last_at, e.pipeline, e.target, t.source_schema, t.source_table,
       e.code, e.message, e.remedy, e.occurrences, e.resolved_at
  from sluice.error e
  left join sluice.table_state t using (table_id)
 order by e.last_at desc
 limit 1000;
