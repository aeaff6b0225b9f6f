import { switchedOffBy } from '../../config/effective-table.js';
import type { PipelineConfig } from '../../config/schema.js';
import type { ApplyResult, LaneRef } from '../../core/protocol.js';
import { readConfiguration, type SessionOptions } from '../../session/pipeline-session.js';
import type { LongRun } from '../long-running.js';

const LOOK_EVERY_MS = 2_000;

/** What switches a whole lane off: its pipeline, source or target; undefined when it is on. */
export function laneSwitchedOffBy(config: PipelineConfig, target: string): string | undefined {
  const own = config.targets[target];
  // One that left the configuration is no longer switched: its pipeline stops it.
  return own === undefined ? undefined : switchedOffBy(config, own, { enabled: true });
}

/**
 * A lane runs for hours with the configuration that it began with. This asks it to come back when
 * two readings in a row say that it is switched off; positions stay, and nothing is parked.
 */
export async function untilSwitchedOff(
  options: SessionOptions,
  ref: LaneRef,
  run: LongRun,
  work: (run: LongRun) => Promise<ApplyResult>,
): Promise<ApplyResult> {
  let readings = 0;
  const timer = setInterval(() => {
    readings = isSwitchedOff(options, ref) ? readings + 1 : 0;
  }, LOOK_EVERY_MS);
  const off = (): boolean => readings >= 2;
  try {
    const result = await work({ ...run, dueToReturn: () => off() || run.dueToReturn() });
    const ended = result.reason === 'border' && off();
    return ended ? { ...result, reason: 'stopped', detail: 'switched off' } : result;
  } finally {
    clearInterval(timer);
  }
}

/** A configuration that cannot be read changes nothing; the watch says what is wrong with it. */
function isSwitchedOff(options: SessionOptions, ref: LaneRef): boolean {
  try {
    const config = readConfiguration(options).config.pipelines[ref.pipeline];
    return config !== undefined && laneSwitchedOffBy(config, ref.target) !== undefined;
  } catch {
    return false;
  }
}
