import { setTimeout as delay } from 'node:timers/promises';
import { FEED_KINDS, type FeedKind } from '../../core/feed-kind.js';
import { SluiceError } from '../../core/errors.js';
import { displayName } from '../../core/names.js';
import type { Position } from '../../engines/contract/feed.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { meantBy, readKnown } from '../known-tables.js';
import { parseTimeout } from '../options.js';
import { acting, type Register } from '../register.js';
import { selectForAction, type SelectedPipeline } from '../select.js';
import { bytesText } from '../text/amounts.js';
import type { Progress } from '../text/progress.js';

const GOES_ON = 'Nobody waits any longer; replication goes on. sluice status shows the lag.';
const LOOK_EVERY_MS = 200;

/** `--json`: an array of { pipeline, target, position, reached, notWaitedFor }. */
export const register: Register = (program, cli) => {
  program
    .command('wait')
    .description('wait until the targets have what the source holds now')
    .argument('[tables...]', 'names or globs', ['*'])
    .option('--timeout <duration>', 'give up after this (30s, 5m, 1h)', parseTimeout)
    .action(
      acting(cli, (tables: string[], options: { timeout?: number }) =>
        wait(cli, tables, options.timeout ?? null),
      ),
    );
};

interface Arrival {
  readonly pipeline: string;
  readonly target: string;
  readonly position: Position;
  readonly reached: boolean;
  /** Tables that were meant and follow no feed: there is no position of theirs. */
  readonly notWaitedFor: readonly string[];
}

async function wait(
  cli: CliContext,
  patterns: readonly string[],
  timeoutMs: number | null,
): Promise<ExitCode> {
  const selected = selectForAction((await cli.load()).config, cli.options);
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  const arrivals = await cli.whileWaiting(GOES_ON, (progress) =>
    Promise.all(selected.map((one) => waitFor(cli, one, { patterns, deadline, progress }))),
  );
  const all = arrivals.flat();
  if (cli.json) cli.printJson(all);
  else for (const one of all) cli.print(arrivalText(one));
  return all.every((one) => one.reached) ? EXIT.ok : EXIT.timeout;
}

function arrivalText(one: Arrival): string {
  const what = one.reached ? 'has passed' : 'has not yet reached';
  const others = one.notWaitedFor.length;
  const rest =
    others === 0 ? '' : ` ${String(others)} table(s) without a feed were not waited for.`;
  return `${one.pipeline} → ${one.target} ${what} the position ${one.position}.${rest}`;
}

async function waitFor(
  cli: CliContext,
  selected: SelectedPipeline,
  {
    patterns,
    deadline,
    progress,
  }: { patterns: readonly string[]; deadline: number; progress: Progress },
): Promise<Arrival[]> {
  return cli.use(selected.name, 'wait', async (session) => {
    const source = await session.source();
    const kinds = await feedKindsInUse(session, selected);
    const ends = new Map<FeedKind, Position>();
    for (const kind of kinds) {
      const past = await source.fullSync.copiedUpTo(kind);
      ends.set(kind, past ?? (await source.feed(kind).end()));
    }
    return Promise.all(
      selected.targets.map(async (target): Promise<Arrival> => {
        const one = { ...selected, targets: [target] };
        const meant = meantBy(await readKnown(session, one), patterns, selected.name);
        const notWaitedFor = withoutFeed(meant);
        const name = `${selected.name} → ${target}`;
        const say = (note: string): void => progress.show([{ name, note, done: 0, total: 0 }]);
        const reached = await untilPassed(session, one, { patterns, ends, deadline, say });
        const position = [...ends.values()].join();
        return { pipeline: selected.name, target, position, reached, notWaitedFor };
      }),
    );
  });
}

/**
 * The names of tables that are polled or loaded by the clock.
 *
 * @throws SluiceError COMMAND_INVALID when all of them are: a caller would take it for an arrival
 */
export function withoutFeed(rows: readonly TableRow[]): string[] {
  const without = rows.filter((row) => row.laneId === null && row.enabled);
  const names = without.map(({ source }) => displayName(source));
  if (names.length === 0 || without.length < rows.length) return names;
  throw new SluiceError(
    'COMMAND_INVALID',
    'None of these tables follows a change feed, so there is no position to wait for.',
    { remedy: 'Their last round is in sluice status; sluice verify compares them.' },
  );
}

async function feedKindsInUse(
  session: PipelineSession,
  selected: SelectedPipeline,
): Promise<FeedKind[]> {
  const rows = await readKnown(session, selected);
  return FEED_KINDS.filter((kind) => rows.some((row) => row.mode === kind));
}

async function untilPassed(
  session: PipelineSession,
  selected: SelectedPipeline,
  goal: {
    readonly patterns: readonly string[];
    readonly ends: Ends;
    readonly deadline: number;
    readonly say: (note: string) => void;
  },
): Promise<boolean> {
  for (;;) {
    const rows = meantBy(await readKnown(session, selected), goal.patterns, selected.name);
    const waitsFor = await whatIsMissing(session, rows, goal.ends);
    if (waitsFor === null) return true;
    goal.say(waitsFor);
    if (Date.now() > goal.deadline) return false;
    await delay(LOOK_EVERY_MS);
  }
}

/** Where each feed ended when the waiting began. */
type Ends = ReadonlyMap<FeedKind, Position>;

/** Null when every table shows everything up to its feed's end; a table that never will is an error. */
async function whatIsMissing(
  session: PipelineSession,
  rows: readonly TableRow[],
  ends: Ends,
): Promise<string | null> {
  const followers = rows.filter((row) => row.laneId !== null && row.enabled);
  const stuck = followers.find((row) => row.phase === 'quarantined' || row.wanted === 'pause');
  if (stuck !== undefined) throw neverArrives(stuck);
  const away = followers.filter((row) => !row.applies);
  if (away.length > 0) return `waits for ${String(away.length)} table(s) that are being copied`;
  for (const [kind, end] of ends) {
    for (const row of onePerLane(followers.filter(({ mode }) => mode === kind))) {
      const missing = await laneMisses(session, row, kind, end);
      if (missing !== null) return missing;
    }
  }
  return null;
}

function onePerLane(rows: readonly TableRow[]): Iterable<TableRow> {
  return new Map(rows.map((row) => [`${row.target} ${row.laneId ?? ''}`, row])).values();
}

async function laneMisses(
  session: PipelineSession,
  row: TableRow,
  kind: FeedKind,
  end: Position,
): Promise<string | null> {
  const target = await session.target(row.target);
  const lane = await target.state.lanes.get(row.laneId ?? '');
  const reached = lane?.position ?? null;
  if (reached === null) return 'waits for the change stream to begin';
  if (session.sourceEngine().comparePositions(reached, end) >= 0) return null;
  const feed = (await session.source()).feed(kind);
  const bytes = feed.distance(reached, end);
  return bytes === null ? 'has not come to the end yet' : `${bytesText(bytes)} of log to go`;
}

function neverArrives(row: TableRow): SluiceError {
  const name = `${row.source.schema}.${row.source.table}`;
  const paused = row.wanted === 'pause';
  return new SluiceError(
    'COMMAND_INVALID',
    `${name} → ${row.target} is ${paused ? 'paused' : 'quarantined'}, so it never arrives.`,
    { remedy: paused ? `Go on with sluice resume ${name}.` : `See sluice status ${name}.` },
  );
}
