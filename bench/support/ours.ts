import { readFile } from 'node:fs/promises';
import { TABLE } from './bench-table.js';
import { addressOf } from './connection.js';
import { forkLane, pauseLane, stopLane } from './lane-child.js';
import { prepareLane } from './prepare-lane.js';
import type { Replica } from './replica.js';
import type { StreamStage } from './stream-stage.js';
import { OURS_DB } from './stream-stage.js';

const ENGINE = 'postgres';

export interface LaneReplica extends Replica {
  /** SIGKILL to the lane's process; another one goes on. Returns the former one's memory in MB. */
  killAndRestart(): Promise<number>;
}

/** A lane that applies the table to a target that already holds the same rows. */
export async function openOurs(stage: StreamStage): Promise<LaneReplica> {
  const job = await prepareLane({
    source: addressOf(stage.sourceServer),
    sourceDb: stage.sourceDb,
    target: addressOf(stage.targetServer),
    targetDb: OURS_DB,
    table: { schema: 'public', table: TABLE },
  });
  // Started beforehand: loading the code is not part of catching up.
  let child = await forkLane(ENGINE);
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
      const use = await stopLane(child);
      running = false;
      child = await forkLane(ENGINE);
      return use;
    },
    pause: async () => pauseLane(child),
    killAndRestart: async () => {
      const { pid } = child;
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
      const next = await forkLane(ENGINE);
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
