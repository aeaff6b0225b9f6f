import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { engines } from '../../src/engines/registry.js';
import { TABLE } from './bench-table.js';
import { addressOf, connectionTo } from './connection.js';
import type { LaneJob } from './lane-process.js';
import type { Replica } from './replica.js';
import type { StreamStage } from './stream-stage.js';
import { OURS_DB } from './stream-stage.js';

const PIPELINE = 'bench';
const TARGET = 'ours';
const LIMIT = { lockTimeoutMs: 5_000 };
const use = z.object({ rssMb: z.number(), cpuSeconds: z.number() });

export interface LaneReplica extends Replica {
  /** SIGKILL to the lane's process; another one goes on. Returns the former one's memory in MB. */
  killAndRestart(): Promise<number>;
}

/** A lane that applies the table to a target that already holds the same rows. */
export async function openOurs(stage: StreamStage): Promise<LaneReplica> {
  const job = await prepareLane(stage);
  // Started beforehand: loading the code is not part of catching up.
  let child = await forkLane();
  let running = false;
  return {
    name: 'ours',
    client: stage.ours,
    start: () => {
      running = true;
      child.send(job);
      return Promise.resolve();
    },
    stop: async () => {
      if (!running) return { rssMb: 0, cpuSeconds: 0 };
      const said = once(child, 'message');
      child.send('stop');
      const answers: unknown[] = await said;
      running = false;
      child = await forkLane();
      return use.parse(answers[0]);
    },
    killAndRestart: async () => {
      const { pid } = child;
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
      const next = await forkLane();
      child.kill('SIGKILL');
      child = next;
      child.send(job);
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    close: () => {
      child.kill();
    },
  };
}

async function forkLane(): Promise<ReturnType<typeof fork>> {
  // The same kind of file as this one: compiled or not.
  const file = new URL(`./lane-process${extname(import.meta.url)}`, import.meta.url);
  const loader = extname(import.meta.url) === '.ts' ? ['--import', 'tsx'] : [];
  const flags = process.env.BENCH_LANE_FLAGS?.split(' ') ?? [];
  const child = fork(fileURLToPath(file), { execArgv: [...loader, ...flags] });
  await once(child, 'message');
  return child;
}

async function prepareLane(stage: StreamStage): Promise<LaneJob> {
  const engine = engines.postgres;
  if (engine === undefined) throw new Error('There is no such engine.');
  const from = connectionTo(stage.sourceServer, stage.sourceDb);
  const to = connectionTo(stage.targetServer, OURS_DB);
  const options = { applicationName: 'sluice bench' };
  const source = await engine.openSource(from, options);
  const target = await engine.openTarget(to, options);
  try {
    const name = { schema: 'public', table: TABLE };
    const feed = { kind: 'cdc' as const, pipeline: PIPELINE, target: TARGET, mayCreate: true };
    const { state } = target;
    await state.migrate();
    const { laneId } = await state.lanes.ensure(PIPELINE, TARGET, 0);
    const { position } = await source.feed('cdc').prepare(feed);
    await source.feed('cdc').addTables(feed, [name]);
    const { lineage } = await source.identity();
    await state.lanes.setPosition(laneId, position, lineage);
    const spec = { slug: TABLE, source: name, targetTable: name, mode: 'cdc', load: 'swap' };
    await state.tables.upsert(PIPELINE, TARGET, [{ ...spec, enabled: true, laneId }], '1');
    const row = await state.tables.find(PIPELINE, TARGET, TABLE);
    if (row === null) throw new Error('The table was not stored.');
    await state.tables.setPhase(row.tableId, 'streaming', 'bench');
    const flags = { applies: true, parks: false };
    await state.tables.setFlags(row.tableId, flags, LIMIT.lockTimeoutMs);
    return {
      source: addressOf(stage.sourceServer),
      sourceDb: stage.sourceDb,
      target: addressOf(stage.targetServer),
      targetDb: OURS_DB,
      laneId,
      pipeline: PIPELINE,
      targetName: TARGET,
    };
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}
