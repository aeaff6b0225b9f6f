import { effectiveTable, switchedOffBy } from '../../config/effective-table.js';
import type { LoadedConfig } from '../../config/load.js';
import type { PipelineConfig } from '../../config/schema.js';
import type { AsText } from '../../core/as-text.js';
import type { ApplyResult, LaneRef } from '../../core/protocol.js';
import {
  presentConfiguration,
  readConfiguration,
  type SessionOptions,
} from '../../session/pipeline-session.js';
import type { LongRun } from '../long-running.js';

const LOOK_EVERY_MS = 2_000;

/** What switches a whole lane off: its pipeline, source or target; undefined when it is on. */
export function laneSwitchedOffBy(config: PipelineConfig, target: string): string | undefined {
  const own = config.targets[target];
  // One that left the configuration is no longer switched: its pipeline stops it.
  return own === undefined ? undefined : switchedOffBy(config, own, { enabled: true });
}

/**
 * What travels as text, as the configuration is at each call: a table may come to a lane long after
 * that began.
 *
 * @param begun counts while the configuration cannot be read
 */
export function textsNow(options: SessionOptions, ref: LaneRef, begun: PipelineConfig): AsText {
  return (table) => effectiveTable(agreedNow(options, ref) ?? begun, table).asText ?? [];
}

/**
 * A lane runs for hours with the configuration that it began with. This asks it to come back when
 * two readings in a row say that it is switched off, or that other columns travel as text; positions
 * stay, and nothing is parked.
 */
export async function untilReconfigured(
  options: SessionOptions,
  ref: LaneRef,
  begun: PipelineConfig,
  run: LongRun,
  work: (run: LongRun) => Promise<ApplyResult>,
): Promise<ApplyResult> {
  const before = textsSaid(begun);
  const readings = { off: 0, other: 0 };
  const timer = setInterval(() => {
    const now = readNow(options, ref);
    const isOff = now !== null && laneSwitchedOffBy(now, ref.target) !== undefined;
    readings.off = isOff ? readings.off + 1 : 0;
    const agreed = agreedNow(options, ref);
    readings.other = agreed !== null && textsSaid(agreed) !== before ? readings.other + 1 : 0;
  }, LOOK_EVERY_MS);
  const off = (): boolean => readings.off >= 2;
  const due = (): boolean => off() || readings.other >= 2;
  try {
    const result = await work({ ...run, dueToReturn: () => due() || run.dueToReturn() });
    const ended = result.reason === 'border' && off();
    return ended ? { ...result, reason: 'stopped', detail: 'switched off' } : result;
  } finally {
    clearInterval(timer);
  }
}

/** Without the loss of a target that nobody has confirmed: what the next lane would begin with. */
function agreedNow(options: SessionOptions, { pipeline }: LaneRef): PipelineConfig | null {
  return readable(() => presentConfiguration(options, pipeline), pipeline);
}

function readNow(options: SessionOptions, { pipeline }: LaneRef): PipelineConfig | null {
  return readable(() => readConfiguration(options), pipeline);
}

/** Null: it cannot be read, or lacks the pipeline, and changes nothing; the watch says what is wrong. */
function readable(read: () => LoadedConfig, pipeline: string): PipelineConfig | null {
  try {
    return read().config.pipelines[pipeline] ?? null;
  } catch {
    return null;
  }
}

function textsSaid({ tables: { settings }, defaults }: PipelineConfig): string {
  const said = Object.entries(settings).map(([pattern, { asText }]) => [pattern, asText]);
  return JSON.stringify([defaults.asText, said]);
}
