-- Tables that say in SQL what to replicate, and in which its outcome is kept. Every batch may run
-- again: it makes what is missing. All times are UTC. The state of a destination may stand in the
-- same schema, under other names.

if object_id(N'sluice.source_servers') is null
create table sluice.source_servers (
  server_id         int identity(1, 1) not null primary key,
  server_name       nvarchar(128) not null,
  connection_string nvarchar(4000) not null,
  is_enabled        bit not null default 1,
  description       nvarchar(1000),
  created_at        datetime2(3) not null default sysutcdatetime()
);
GO
-- A comma parts the columns of a key of several.
if object_id(N'sluice.table_mappings') is null
create table sluice.table_mappings (
  mapping_id               int identity(1, 1) not null primary key,
  server_id                int not null references sluice.source_servers (server_id),
  source_database          nvarchar(128) not null,
  source_schema            nvarchar(128) not null default N'dbo',
  source_table             nvarchar(128) not null,
  dest_database            nvarchar(128) not null,
  dest_schema              nvarchar(128) not null default N'dbo',
  dest_table               nvarchar(128) not null,
  primary_key_column       nvarchar(2000),
  full_sync_trigger_column nvarchar(128),
  is_enabled               bit not null default 1,
  cdc_enabled              bit not null default 1,
  description              nvarchar(1000),
  created_at               datetime2(3) not null default sysutcdatetime()
);
GO
-- What follows refers to mappings without a foreign key: a mapping can be deleted, its past stays.
-- A row of a pipeline is found again by its key, so that a repeated report changes nothing.
if object_id(N'sluice.sync_status') is null
create table sluice.sync_status (
  sync_id           bigint identity(1, 1) not null primary key,
  mapping_id        int not null,
  sync_type         nvarchar(16) not null check (sync_type in (N'CDC', N'FULL_SYNC')),
  status            nvarchar(16) not null check (status in (N'RUNNING', N'COMPLETED', N'ERROR')),
  records_processed bigint not null default 0,
  records_failed    bigint not null default 0,
  started_at        datetime2(3) not null,
  completed_at      datetime2(3),
  error_message     nvarchar(max),
  pipeline          nvarchar(64) collate Latin1_General_BIN2 not null,
  sync_key          nvarchar(64) collate Latin1_General_BIN2 not null,
  updated_at        datetime2(3) not null default sysutcdatetime(),
  constraint sync_status_key unique (pipeline, mapping_id, sync_type, sync_key)
);
GO
if object_id(N'sluice.sync_logs') is null
create table sluice.sync_logs (
  log_id     bigint identity(1, 1) not null primary key,
  mapping_id int,
  log_level  nvarchar(16) not null check (log_level in (N'INFO', N'WARNING', N'ERROR')),
  message    nvarchar(max) not null,
  created_at datetime2(3) not null,
  pipeline   nvarchar(64) collate Latin1_General_BIN2 not null,
  event_id   bigint not null,
  constraint sync_logs_key unique (pipeline, event_id)
);
GO
if object_id(N'sluice.error_logs') is null
create table sluice.error_logs (
  error_id      bigint identity(1, 1) not null primary key,
  mapping_id    int,
  error_type    nvarchar(64) not null,
  error_message nvarchar(max) not null,
  retry_count   int not null default 0,
  created_at    datetime2(3) not null,
  last_at       datetime2(3) not null,
  resolved_at   datetime2(3),
  pipeline      nvarchar(64) collate Latin1_General_BIN2 not null,
  error_key     nvarchar(400) collate Latin1_General_BIN2 not null,
  constraint error_logs_key unique (pipeline, error_key)
);
GO
if object_id(N'sluice.verification_logs') is null
create table sluice.verification_logs (
  verification_log_id bigint identity(1, 1) not null primary key,
  mapping_id          int not null,
  verification_status nvarchar(16) not null
                      check (verification_status in (N'PASSED', N'FAILED', N'ERROR')),
  records_checked     bigint not null default 0,
  mismatches          bigint not null default 0,
  message             nvarchar(max) not null,
  verified_at         datetime2(3) not null,
  pipeline            nvarchar(64) collate Latin1_General_BIN2 not null,
  verification_id     bigint not null,
  constraint verification_logs_key unique (pipeline, verification_id)
);
GO
-- How far a destination's events and verifications were reported: the rows themselves are pruned.
if object_id(N'sluice.control_progress') is null
create table sluice.control_progress (
  pipeline        nvarchar(64) collate Latin1_General_BIN2 not null primary key,
  event_id        bigint not null default 0,
  verification_id bigint not null default 0
);
