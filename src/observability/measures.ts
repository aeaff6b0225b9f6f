/** What a worker measures of its pipelines, as numbers with labels; pure. */
import type { LaneRow, TableRow } from '../state/store.js';

export type Labels = Readonly<Record<string, string>>;

/** A gauge: `labels` that are not named any more keep their last value, so each is said every time. */
export interface Measure {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Every phase of a table that has not ended (design section 4). */
const PHASES = [
  ...['new', 'bootstrapping', 'fullSync', 'catchingUp', 'streaming'],
  ...['paused', 'quarantined', 'detached'],
] as const;

/** By name, for the HELP line of each. */
export const MEASURES = {
  sluice_tables: 'Tables by phase.',
  sluice_tables_faulted: 'Tables that wait for a person or a resync.',
  sluice_tables_different: 'Tables whose last verification found a difference.',
  sluice_tables_unsettled: 'Tables whose last verification could not tell whether they are equal.',
  sluice_parked_bytes: 'Changes kept in the target for tables that are out of the stream.',
  sluice_parked_seconds: 'Age of the oldest change that is kept so.',
  sluice_lane_running: '1: the lane follows its feed; 0: it has a gap or does not run.',
  sluice_lane_checkpoint_age_seconds: 'Since the checkpoint moved; an idle lane moves it too.',
  sluice_target_away: '1: the target does not answer.',
} as const;

export type MeasureName = keyof typeof MEASURES;

/** The tables and lanes of one target, those that were removed left out. */
export function targetMeasures(
  labels: { readonly pipeline: string; readonly target: string },
  tables: readonly TableRow[],
  lanes: readonly LaneRow[],
  now: Date,
): Measure[] {
  const gauge = (name: MeasureName, value: number, more: Labels = {}): Measure => ({
    name,
    value,
    labels: { ...labels, ...more },
  });
  const count = (test: (row: TableRow) => boolean): number => tables.filter(test).length;
  // What is wrong with a table that left is nobody's matter any more.
  const countPresent = (test: (row: TableRow) => boolean): number =>
    count((row) => row.phase !== 'detached' && test(row));
  const parkedSince = tables.flatMap(({ parkedSince: since }) => since ?? []);
  return [
    ...PHASES.map((phase) =>
      gauge(
        'sluice_tables',
        count((row) => row.phase === phase),
        { phase },
      ),
    ),
    gauge(
      'sluice_tables_faulted',
      countPresent((row) => row.faultCode !== null),
    ),
    gauge(
      'sluice_tables_different',
      countPresent((row) => row.verifiedResult === 'failed'),
    ),
    gauge(
      'sluice_tables_unsettled',
      countPresent((row) => row.verifiedResult === 'unsettled'),
    ),
    gauge(
      'sluice_parked_bytes',
      tables.reduce((sum, row) => sum + row.parkedBytes, 0),
    ),
    gauge('sluice_parked_seconds', Math.max(0, ...parkedSince.map((at) => age(at, now)))),
    ...lanes.flatMap((lane) => {
      const of = { lane: String(lane.n) };
      return [
        gauge('sluice_lane_running', lane.state === 'running' ? 1 : 0, of),
        gauge('sluice_lane_checkpoint_age_seconds', age(lane.updatedAt, now), of),
      ];
    }),
  ];
}

function age(since: Date, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
}
