import { SluiceError } from '../../core/errors.js';
import type { FeedKind } from '../../core/feed-kind.js';
import type { FeedName } from '../../engines/contract/feed.js';
import { keptTargets, type LeftTarget } from '../../session/left-targets.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { openAsker } from '../ask.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { dropLeft, findLeft, type LeftOfPipeline } from '../remove-left.js';
import { isWhole, selectForAction, type SelectedPipeline } from '../select.js';
import { startedState } from '../started-state.js';
import { plural } from '../text/amounts.js';
import { lanesOf, stopPipeline } from './stop.js';

const AGAIN = 'It may be done in part: sluice remove once more does the rest.';

interface RemoveOptions {
  readonly yes?: boolean;
  readonly offline?: boolean;
}

interface Removal {
  readonly target: string;
  /** What sluice.owned says that Sluice made on the source, as `kind name`. */
  readonly onSource: readonly { readonly kind: string; readonly object: string }[];
  /** What of it goes, for people. */
  readonly goes: readonly string[];
  /** What was switched on there for it, perhaps by Sluice, and stays on. */
  readonly stays: readonly string[];
  readonly tables: readonly TableRow[];
  /** Of a target whose state is gone: the feeds that the source keeps for it. */
  readonly left: readonly LeftTarget[];
}

/** `--json`: an array of { pipeline, target, dropped, tables }. */
export const register: Register = (program, cli) => {
  program
    .command('remove')
    .description('stop a pipeline for good and delete its slot, publication and state')
    .option('--yes', 'do not ask')
    .option('--offline', 'Temporal is gone: do not stop the pipeline first')
    .action(acting(cli, (options: RemoveOptions) => remove(cli, options)));
};

async function remove(cli: CliContext, options: RemoveOptions): Promise<ExitCode> {
  const { config } = await cli.load();
  const left = await findLeft(cli, config);
  if (left.length > 0) return removeLeft(cli, left, options);
  const selected = selectForAction(config, cli.options);
  const answers = [];
  for (const one of selected) {
    const removals = await cli.use(one.name, 'remove', (session) => listRemovals(session, one));
    for (const removal of removals) list(cli, one.name, removal);
    const whose = { pipeline: one.name, targets: one.targets, isWhole: isWhole(one) };
    const schedules = options.offline === true ? [] : await listSchedules(cli, whose);
    if (options.yes !== true && !(await confirmed(cli, one.name))) {
      cli.note('Nothing was removed.');
      return EXIT.declined;
    }
    if (options.offline !== true) await cli.whileWaiting(AGAIN, () => end(cli, one, schedules));
    for (const removal of removals) {
      const dropped = await cli.whileWaiting(AGAIN, () =>
        cli.use(one.name, 'remove', (session) => carryOut(session, removal)),
      );
      answers.push({
        pipeline: one.name,
        target: removal.target,
        dropped,
        tables: removal.tables.length,
      });
      cli.note(`${one.name} → ${removal.target} is removed; its tables and rows stay.`);
    }
  }
  if (cli.json) cli.printJson(answers);
  return EXIT.ok;
}

/** Its pipeline goes on meanwhile: nothing of it works for that target. */
async function removeLeft(
  cli: CliContext,
  found: readonly LeftOfPipeline[],
  options: RemoveOptions,
): Promise<ExitCode> {
  const answers = [];
  for (const { pipeline, left } of found) {
    for (const { target } of left) {
      cli.note(`${pipeline} → ${target}: this would delete on the source what was made for it`);
      cli.note(
        '  Its own database is not touched: the schema sluice there may be dropped by hand.',
      );
    }
    const targets = left.map(({ target }) => target);
    const whose = { pipeline, targets, isWhole: false };
    const schedules = options.offline === true ? [] : await listSchedules(cli, whose);
    if (options.yes !== true && !(await confirmed(cli, pipeline))) {
      cli.note('Nothing was removed.');
      return EXIT.declined;
    }
    if (schedules.length > 0) {
      await cli.useClient((client) => client.schedules.removeAll(schedules));
    }
    for (const one of left) {
      const dropped = await cli.use(pipeline, 'remove', (session) => dropLeft(session, one));
      answers.push({ pipeline, target: one.target, dropped, tables: 0 });
      cli.note(`${pipeline} → ${one.target}: dropped ${dropped.join(', ')}.`);
    }
  }
  if (cli.json) cli.printJson(answers);
  return EXIT.ok;
}

/** What they start would make on the source anew what goes now. */
async function listSchedules(
  cli: CliContext,
  of: { pipeline: string; targets: readonly string[]; isWhole: boolean },
): Promise<string[]> {
  const { pipeline, targets, isWhole: ofAll } = of;
  const ids = await cli.useClient((client) => client.schedules.of(pipeline, targets, ofAll));
  for (const id of ids) cli.note(`  in Temporal: the schedule ${id}`);
  return ids;
}

/** Other targets of the pipeline would stop with it, so that is said and not done. */
async function end(
  cli: CliContext,
  selected: SelectedPipeline,
  schedules: readonly string[],
): Promise<void> {
  const lanes = await lanesOf(cli, selected);
  await cli.useClient(async (client) => {
    const { running } = await client.pipelineState(selected.name);
    if (running && !isWhole(selected)) {
      throw new SluiceError('COMMAND_INVALID', `The pipeline ${selected.name} is running.`, {
        remedy:
          'Take the target out of the configuration, confirm that (sluice apply --confirm), then ' +
          'remove it; or stop the pipeline first.',
      });
    }
    await client.schedules.removeAll(schedules);
    await stopPipeline(client, selected.name, lanes);
  });
}

async function listRemovals(
  session: PipelineSession,
  selected: SelectedPipeline,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (const name of selected.targets) {
    const state = await startedState(session, name);
    if (state === null) {
      removals.push(await lostRemoval(session, name));
      continue;
    }
    const owned = await state.owned.list(selected.name, name);
    const tables = await state.tables.list(selected.name);
    const onSource = owned.filter((one) => one.side === 'source');
    removals.push({
      target: name,
      onSource,
      goes: await whatGoes(session, { target: name, onSource }),
      stays: onSource.length === 0 ? [] : await whatStays(session, name),
      tables: tables.filter((row) => row.target === name),
      left: [],
    });
  }
  return removals;
}

/** Its database is gone, and with it what was written down: the source alone knows what is ours. */
async function lostRemoval(session: PipelineSession, target: string): Promise<Removal> {
  const left = (await keptTargets(session)).filter((kept) => kept.target === target);
  const goes = left.length > 0 ? ['what Sluice made for it'] : [];
  const stays = left.length > 0 ? await whatStays(session, target) : [];
  return { target, onSource: [], goes, stays, tables: [], left };
}

/** By the names that the source has; engines that offer none drop just what was written down. */
async function whatGoes(
  session: PipelineSession,
  removal: Pick<Removal, 'target' | 'onSource'>,
): Promise<readonly string[]> {
  if (removal.onSource.length === 0) return [];
  const source = await session.source();
  const named: string[] = [];
  let offered = false;
  for (const kind of session.sourceEngine().capabilities.feeds) {
    const feed = source.feed(kind);
    if (feed.drops === undefined) continue;
    offered = true;
    named.push(...(await feed.drops(ownedFeed(session, removal, kind))));
  }
  return offered ? named : removal.onSource.map(({ kind, object }) => `${kind} ${object}`);
}

async function whatStays(session: PipelineSession, target: string): Promise<readonly string[]> {
  const source = await session.source();
  const kinds = session
    .sourceEngine()
    .capabilities.feeds.filter((kind) => session.feedName(target, kind).mayCreate);
  const all = await Promise.all(
    kinds.map(async (kind) => (await source.feed(kind).stays?.()) ?? []),
  );
  return all.flat();
}

function list(cli: CliContext, pipeline: string, removal: Removal): void {
  cli.note(`${pipeline} → ${removal.target}: this would delete`);
  for (const object of removal.goes) cli.note(`  on the source: ${object}`);
  if (removal.onSource.length === 0 && removal.left.length === 0)
    cli.note('  on the source: nothing (nothing there is ours)');
  else if (removal.goes.length === 0) cli.note('  on the source: nothing (others read it)');
  for (const thing of removal.stays) cli.note(`  stays on the source: ${thing}`);
  const tables = plural(removal.tables.length, 'table');
  cli.note(`  in the schema sluice: positions, history and parked changes of ${tables}`);
  cli.note('  The replicated tables and their rows stay.');
}

async function confirmed(cli: CliContext, pipeline: string): Promise<boolean> {
  const asker = openAsker(cli.io);
  try {
    return (await asker.text(`Write ${pipeline} to delete this`, 'no')) === pipeline;
  } finally {
    asker.close();
  }
}

async function carryOut(session: PipelineSession, removal: Removal): Promise<readonly string[]> {
  if ((await startedState(session, removal.target)) === null) {
    const dropped = [];
    for (const left of removal.left) dropped.push(...(await dropLeft(session, left)));
    return dropped;
  }
  const target = await session.target(removal.target);
  for (const row of removal.tables) {
    if (row.epoch === '0' || row.phase === 'streaming') continue;
    const fence = await target.state.tables.claim(row.tableId);
    const { tableId, epoch } = row;
    await target.fullSync.dropStage({ tableId, epoch, fence, target: row.targetTable });
  }
  let dropped: readonly string[] = [];
  if (removal.onSource.length > 0) {
    const source = await session.source();
    const kinds = session.sourceEngine().capabilities.feeds;
    const drops = kinds.map((kind) => source.feed(kind).drop(ownedFeed(session, removal, kind)));
    dropped = (await Promise.all(drops)).flat();
  }
  await target.state.history.forget(session.pipeline, removal.target);
  return dropped;
}

/** A name that somebody else made is given as theirs, so that the engine leaves it alone. */
export function ownedFeed(
  session: Pick<PipelineSession, 'feedName'>,
  removal: Pick<Removal, 'target' | 'onSource'>,
  feed: FeedKind,
): FeedName {
  const ours = (kind: string) => removal.onSource.some((one) => one.kind === kind);
  const { slot, publication, ...name } = session.feedName(removal.target, feed);
  return {
    ...name,
    mayCreate: true,
    ...(ours('slot') ? {} : { slot: slot ?? 'not_ours' }),
    ...(ours('publication') ? {} : { publication: publication ?? 'not_ours' }),
  };
}
