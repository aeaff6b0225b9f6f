import type { MetricGauge, MetricMeter } from '@temporalio/common';
import {
  MEASURES,
  targetMeasures,
  type Measure,
  type MeasureName,
} from '../../observability/measures.js';
import { readLanes } from '../../session/lane-state.js';
import type { PipelineSession } from '../../session/pipeline-session.js';

/** The gauges of one watch, which a worker with --metrics-port serves with those of the SDK. */
export class Gauges {
  readonly #gauges = new Map<string, MetricGauge>();

  constructor(private readonly meter: MetricMeter) {}

  set({ name, labels, value }: Measure): void {
    const known = this.#gauges.get(name);
    const gauge = known ?? this.meter.createGauge(name, 'int', undefined, helpOf(name));
    this.#gauges.set(name, gauge);
    gauge.set(value, { ...labels });
  }
}

function helpOf(name: string): string | undefined {
  return Object.hasOwn(MEASURES, name) ? MEASURES[name as MeasureName] : undefined;
}

/** Two queries; nothing is asked of the source. */
export async function measureTarget(
  session: PipelineSession,
  target: string,
  gauges: Gauges,
): Promise<void> {
  const { pipeline } = session;
  const { state } = await session.target(target);
  const { rows, lanes } = await readLanes(state, pipeline, target);
  const tables = rows.filter((row) => row.phase !== 'removed');
  const used = new Set(tables.map((row) => row.laneId));
  const running = lanes.filter((lane) => used.has(lane.laneId));
  const measures = targetMeasures({ pipeline, target }, tables, running, new Date());
  for (const measure of measures) gauges.set(measure);
}
