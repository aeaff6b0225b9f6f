import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { SluiceClient } from '../../client.js';
import { SluiceError } from '../../core/errors.js';
import { pipelineId } from '../../core/ids.js';
import type { LaneRef } from '../../core/protocol.js';
import { lanesToAwait } from '../../session/lanes-to-await.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { selectWhole, type SelectedPipeline } from '../select.js';
import { bytesText } from '../text/amounts.js';
import { whoAmI } from '../table-command.js';

const GOES_ON = 'Nobody waits any longer; what was asked to stop stops. sluice status shows when.';
const STOP_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 500;

/** `--json`: an array of { pipeline, wasRunning, retained: [{ target, bytes, notKnown }] }. */
export const register: Register = (program, cli) => {
  program
    .command('stop')
    .description('stop replicating; positions are kept, so that start goes on where it stood')
    .option('--detach', 'print the workflow id instead of waiting')
    .action(acting(cli, (options: { detach?: boolean }) => stop(cli, options.detach === true)));
};

async function stop(cli: CliContext, detach: boolean): Promise<ExitCode> {
  const selected = selectWhole((await cli.load()).config, cli.options, 'stop');
  const answers = [];
  for (const one of selected) {
    const lanes = detach ? null : await lanesOf(cli, one);
    const wasRunning = await cli.whileWaiting(GOES_ON, () =>
      cli.useClient((client) => stopPipeline(client, one.name, lanes)),
    );
    if (detach) {
      cli.print(pipelineId(one.name));
      continue;
    }
    const retained = await readRetained(cli, one);
    answers.push({ pipeline: one.name, wasRunning, retained });
    if (cli.json) continue;
    cli.print(wasRunning ? `${one.name} has stopped.` : `${one.name} was not running.`);
    for (const what of retained) cli.print(`  ${retainedText(what)}`);
  }
  if (cli.json) cli.printJson(answers);
  return EXIT.ok;
}

/** Those of all its targets: they stop together. */
export async function lanesOf(cli: CliContext, selected: SelectedPipeline): Promise<LaneRef[]> {
  const targets = Object.keys(selected.config.targets);
  return cli.use(selected.name, 'stop', (session) => lanesToAwait(session, targets));
}

/**
 * True when it was running. Returns when supervisor and these lanes have ended; null: without
 * waiting.
 */
export async function stopPipeline(
  client: SluiceClient,
  pipeline: string,
  lanes: readonly LaneRef[] | null,
): Promise<boolean> {
  const { running } = await client.pipelineState(pipeline);
  if (!running) return false;
  const answer = await client.commandPipeline(pipeline, 'stop', {
    requestId: `cli-${randomUUID()}`,
    by: whoAmI(),
    reason: 'sluice stop',
  });
  if (!answer.accepted) throw new SluiceError('COMMAND_INVALID', answer.message);
  if (lanes !== null) await untilStopped(client, pipeline, lanes);
  return true;
}

export async function untilStopped(
  client: Pick<SluiceClient, 'pipelineState' | 'laneState'>,
  pipeline: string,
  lanes: readonly LaneRef[],
  { everyMs = LOOK_EVERY_MS } = {},
): Promise<void> {
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const asked = lanes.map((lane) => client.laneState(lane));
    const states = await Promise.all([client.pipelineState(pipeline), ...asked]);
    if (states.every((state) => !state.running)) return;
    await delay(everyMs);
  }
  throw new SluiceError('WORKER_MISSING', `The pipeline ${pipeline} is still stopping.`, {
    remedy: 'It ends as soon as a worker carries it out: sluice status shows when.',
  });
}

interface Retained {
  readonly target: string;
  /** null: no log is kept for this target, or it is not known. */
  readonly bytes: number | null;
  /** Why it is not known. */
  readonly notKnown: string | null;
}

/** What a stopped pipeline costs its source. */
async function readRetained(cli: CliContext, selected: SelectedPipeline): Promise<Retained[]> {
  return cli.use(selected.name, 'stop', async (session) => {
    const retained: Retained[] = [];
    for (const target of selected.targets) {
      try {
        const bytes = await retainedFor(session, target);
        retained.push({ target, bytes, notKnown: null });
      } catch (thrown) {
        if (!(thrown instanceof SluiceError)) throw thrown;
        retained.push({ target, bytes: null, notKnown: thrown.message });
      }
    }
    return retained;
  });
}

/** Over all feeds that the source can have; null: no log is kept for this target. */
async function retainedFor(session: PipelineSession, target: string): Promise<number | null> {
  const source = await session.source();
  let bytes: number | null = null;
  for (const kind of session.sourceEngine().capabilities.feeds) {
    const health = await source.feed(kind).health(session.feedName(target, kind));
    if (health.retainedBytes !== null) bytes = (bytes ?? 0) + health.retainedBytes;
  }
  return bytes;
}

export function retainedText({ target, bytes, notKnown }: Retained): string {
  if (notKnown !== null) {
    return `${target}: its position is kept. What the source keeps for it is not known: ${notKnown}`;
  }
  if (bytes === null) return `${target}: its position is kept; the source keeps no log for it.`;
  return (
    `${target}: its position is kept. The source keeps ${bytesText(bytes)} of log for it, and ` +
    'more with every change, until it is started again or removed (sluice remove).'
  );
}
