import type { Case } from './case-texts.js';
import { BASE, pipeline, settings, withKeys } from './case-texts.js';
import { VALID } from './support.js';

/** A source that keeps the changes of each table by themselves. */
export const bySqlServer = (keys: string): string =>
  withKeys(keys).replace('shopDb: { engine: postgres', 'shopDb: { engine: sqlserver');

export const PIPELINE: readonly Case[] = [
  [
    'an undeclared source',
    pipeline(BASE.replace('shopDb', 'shopdb')),
    'sluice.yaml:8:5 pipelines.shop.source.connection names the connection shopdb, which is not declared; write shopDb',
  ],
  [
    'rows set aside, which is not there yet',
    settings('public.o: { onRowError: deadLetter }\n'),
    'onRowError cannot be deadLetter yet',
  ],
  [
    'an undeclared target',
    pipeline(BASE.replace('[replica]', '[replika]')),
    'names the connection replika, which is not declared; write replica',
  ],
  [
    'a log that cannot be read table by table',
    withKeys('consistency: table\n'),
    'pipelines.shop.consistency cannot be table for a source with PostgreSQL',
  ],
  [
    'foreign keys enforced while each table comes by itself',
    bySqlServer('consistency: table\nforeignKeys: enforce\n'),
    'pipelines.shop.consistency cannot be table with foreignKeys: enforce',
  ],
  [
    'a target that is the source',
    pipeline(BASE.replace('[replica]', '[shopDb]')),
    'is the connection of the source',
  ],
  [
    'no targets',
    pipeline('source: shopDb\ntables: { include: ["a.b"] }\n'),
    'pipelines.shop.targets is missing; write',
  ],
  [
    'an empty list of targets',
    pipeline(BASE.replace('[replica]', '[]')),
    'pipelines.shop.targets is empty; name at least one target',
  ],
  [
    'no source',
    pipeline('targets: [replica]\ntables: { include: ["a.b"] }\n'),
    'pipelines.shop.source is missing; write',
  ],
  [
    'an unknown key of the source',
    pipeline(BASE.replace('shopDb', '{ connection: shopDb, createSlots: true }')),
    'pipelines.shop.source.createSlots is not a known key; write createSlot',
  ],
  [
    'an unknown key of a target',
    pipeline(BASE.replace('[replica]', '{ r: { connection: replica, enable: true } }')),
    'pipelines.shop.targets.r.enable is not a known key; write enabled',
  ],
  [
    'an unknown key of the pipeline',
    withKeys('batchs: { rows: 1 }\n'),
    'sluice.yaml:11:5 pipelines.shop.batchs is not a known key; write batch',
  ],
  [
    'yes instead of true',
    withKeys('enabled: yes\n'),
    'pipelines.shop.enabled is neither true nor false; write true or false',
  ],
  [
    'an unknown choice',
    withKeys('consistency: tables\n'),
    'consistency is not one of transaction, table; write one of these (nearest: table)',
  ],
  [
    'a size without unit',
    withKeys('maxRetainedLog: 10000000\n'),
    'maxRetainedLog is a bare number',
  ],
  [
    'a size with a decimal unit',
    withKeys('maxRetainedLog: 10 gigs\n'),
    'maxRetainedLog is not a size',
  ],
  [
    'a fraction',
    withKeys('batch: { rows: 1.5 }\n'),
    'pipelines.shop.batch.rows is not a whole number from 1',
  ],
  [
    'a negative number',
    withKeys('attempts: -1\n'),
    'pipelines.shop.attempts is not a whole number from 1 to 100',
  ],
  [
    'a number in quotes',
    withKeys('attempts: "3"\n'),
    'pipelines.shop.attempts is not a whole number',
  ],
  [
    'a cron that is none',
    withKeys('verification: { full: nightly }\n'),
    'verification.full is not a cron expression',
  ],
  [
    'a cron with seconds',
    withKeys('verification: { full: "0 0 2 * * *" }\n'),
    'verification.full is not a cron expression',
  ],
  [
    'a time zone that is none',
    withKeys('verification: { full: "0 2 * * *", timezone: Mars }\n'),
    'verification.timezone is not a time zone',
  ],
  [
    'a load query without limit',
    pipeline(BASE.replace('shopDb', '{ connection: shopDb, care: { loadQuery: select 1 } }')),
    'care.loadQuery needs loadLimit',
  ],
  [
    'a copy window without duration',
    pipeline(
      BASE.replace('shopDb', '{ connection: shopDb, care: { copyWindow: { cron: "0 1 * * *" } } }'),
    ),
    'care.copyWindow.duration is missing',
  ],
  [
    'a slot name in upper case',
    pipeline(BASE.replace('[replica]', '{ replica: { connection: replica, slot: Shop } }')),
    'pipelines.shop.targets.replica.slot is not a name for a slot',
  ],
  [
    'a slot that two targets name',
    pipeline(
      BASE.replace(
        '[replica]',
        '{ a: { connection: replica, slot: s }, b: { connection: replica, slot: s } }',
      ),
    ),
    'pipelines.shop.targets.b.slot is s, which the target shop.a uses already',
  ],
  [
    'a reference outside a connection',
    pipeline(BASE.replace('public.*', '${SCHEMA}.*')),
    'has a ${ reference, and those work in connections only',
  ],
  [
    'a pipeline name with a slash',
    VALID.replace('shop:', 'a/b:'),
    "pipelines['a/b'] is not a name for a pipeline",
  ],
];

export const TABLES: readonly Case[] = [
  [
    'no include',
    pipeline('source: shopDb\ntargets: [replica]\ntables: {}\n'),
    'pipelines.shop.tables.include is missing',
  ],
  [
    'an empty include',
    pipeline(BASE.replace('["public.*"]', '[]')),
    'tables.include is empty; name a table or a pattern',
  ],
  [
    'include as a text',
    pipeline(BASE.replace('["public.*"]', 'public.*')),
    'tables.include is not a list',
  ],
  [
    'a pattern without schema',
    pipeline(BASE.replace('public.*', 'orders')),
    'sluice.yaml:10:25 pipelines.shop.tables.include[0] is not a table pattern; write schema.table',
  ],
  [
    'a pattern with three parts',
    pipeline(BASE.replace('public.*', 'a.b.c')),
    'include[0] is not a table pattern',
  ],
  [
    'settings for no pattern',
    settings('orders: { mode: full }\n'),
    'tables.settings.orders is not a table pattern',
  ],
  [
    'an unknown mode',
    settings('public.o: { mode: fulll }\n'),
    "tables.settings['public.o'].mode is not one of auto, cdc",
  ],
  [
    'an unknown setting',
    settings('public.o: { chunks: { rows: 1 } }\n'),
    "['public.o'].chunks is not a known key; write chunk",
  ],
  [
    'an unknown period',
    settings('public.o: { partitions: { period: weekly } }\n'),
    "['public.o'].partitions.period is not one of day, week, month, quarter, year, none",
  ],
  ['an empty key', settings('public.o: { key: [] }\n'), "['public.o'].key is empty"],
  [
    'incremental without watermark',
    settings('public.o: { mode: incremental }\n'),
    "['public.o'].mode incremental needs a watermark".replace(
      'mode incremental',
      'mode incremental',
    ),
  ],
  [
    'smart without watermark in defaults',
    withKeys('defaults: { mode: smart }\n'),
    'pipelines.shop.defaults.mode smart needs a watermark',
  ],
  [
    'a soft delete without column',
    settings('public.o: { deletes: softDeleteColumn }\n'),
    'deletes needs softDeleteColumn',
  ],
  [
    'a refresh with neither',
    settings('public.o: { refresh: { timezone: UTC } }\n'),
    'refresh needs either cron or every',
  ],
  [
    'a refresh with both',
    settings('public.o: { refresh: { cron: "0 1 * * *", every: 1h } }\n'),
    'refresh needs either cron or every',
  ],
  [
    'the same table twice',
    settings('public.o: { mode: full }\n\'"public"."o"\': { mode: cdc }\n'),
    'means the same table as public.o',
  ],
];
