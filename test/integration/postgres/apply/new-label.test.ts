/** A label that an enum of the target does not have yet: the catalogue watch brings it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LaneTableFault } from '../../../../src/engines/contract/lane.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const DDL = `
  create type mood as enum ('glad', 'sad');
  create domain any_mood as mood;
  create type feeling as (mood mood, since int);
  create type moods as range (subtype = mood);
  create table one (id int primary key, mood mood);
  create table many (id int primary key, mood mood);
  create table by_domain (id int primary key, mood any_mood);
  create table listed (id int primary key, moods mood[]);
  create table composed (id int primary key, feeling feeling);
  create table ranged (id int primary key, moods moods);
  create table updated (id int primary key, mood mood);
  create table moved (id int primary key, mood mood);
  create table keyless (id int, mood mood);
  alter table keyless replica identity full;
  create table keyed (mood mood primary key, v int)`;

const CHANGES = {
  one: `insert into one values (1, 'calm')`,
  many: `insert into many select g, 'calm' from generate_series(1, 60) g`,
  by_domain: `insert into by_domain values (1, 'calm')`,
  listed: `insert into listed values (1, '{glad,calm}')`,
  composed: `insert into composed values (1, row('calm', 7))`,
  ranged: `insert into ranged values (1, '[glad,calm]')`,
  updated: `update updated set mood = 'calm'`,
  moved: `update moved set id = 2, mood = 'calm'`,
  keyless: `update keyless set mood = 'calm'`,
  keyed: `update keyed set mood = 'calm'`,
} as const;

const FORMER = `insert into updated values (1, 'sad'); insert into moved values (1, 'sad');
  insert into keyless values (1, 'sad'); insert into keyed values ('sad', 1)`;

describeEachPostgres('a new label of an enum on PostgreSQL %s', (version) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(version, 'new_label');
    await scene.createTables(DDL, Object.keys(CHANGES));
    await scene.source.query(FORMER);
    await replicate(scene, await scene.claim());
    await scene.source.query(`alter type mood add value 'calm'`);
  });
  afterAll(async () => scene.close());

  it.each(Object.entries(CHANGES))('is told as what it is in %s', async (table, change) => {
    const tableId = await scene.tableId(table);
    const writer = await scene.claim();
    await scene.source.query(change);
    const thrown: unknown = await replicate(scene, writer).catch((error: unknown) => error);
    if (!(thrown instanceof LaneTableFault)) throw thrown;
    expect(thrown.fault).toMatchObject({ tableId, code: 'SCHEMA_MISMATCH' });
    // The next one begins behind it.
    await writer.setAside(thrown.fault);
    await replicate(scene, await scene.claim());
  });
});
