/** `npm run demo`: exit code 0 only if both sides are equal, row by row. */
import { SluiceError } from '../../core/errors.js';
import { runDemo, STEPS } from './demo.js';
import type { DemoResult } from './demo.js';
import { holdUntilStopped } from './keep.js';
import { readOptions, USAGE } from './options.js';
import { Screen } from './screen.js';
import { Workspace } from './workspace.js';

const INTERRUPTED = 130;

const code = await main(process.argv.slice(2));
// Whatever still holds the process open has been ended above, or is ended by the guardian.
process.stdout.write('', () => process.exit(code));

async function main(words: readonly string[]): Promise<number> {
  try {
    const options = readOptions(words);
    if (options.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return await demo(options.keep);
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n${USAGE}`);
    return 2;
  }
}

async function demo(keep: boolean): Promise<number> {
  const screen = new Screen(process.stdout, STEPS, process.env);
  const workspace = await Workspace.create();
  const interruption = interrupted();
  try {
    const result = await Promise.race([runDemo(screen, workspace), interruption]);
    if (result === 'interrupted') return await endEarly(screen, workspace);
    if (keep) await holdUntilStopped(screen, result, interruption);
    else sayWhereToLook(screen, result);
    await workspace.cleanUp(false);
    return 0;
  } catch (error) {
    screen.endBoard();
    screen.say(screen.paint.red(`✗ ${sentenceOf(error)}`));
    if (await workspace.cleanUp(true)) {
      screen.say(`The logs of the worker and the servers are in ${workspace.directory}.`);
    }
    return 1;
  }
}

async function endEarly(screen: Screen, workspace: Workspace): Promise<number> {
  screen.endBoard();
  screen.say();
  screen.say('Interrupted; stopping what was started …');
  screen.silence();
  await workspace.cleanUp(false);
  return INTERRUPTED;
}

/** The first Ctrl-C ends the demo in good order, the second one at once. */
function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(INTERRUPTED);
        asked = true;
        resolve('interrupted');
      });
    }
  });
}

function sayWhereToLook(screen: Screen, { servers }: DemoResult): void {
  screen.say();
  screen.say(`The Temporal Web UI was at ${servers.temporal.uiUrl}; everything stops now.`);
  screen.say('To look around in it and in both databases: npm run demo -- --keep');
}

function sentenceOf(error: unknown): string {
  if (error instanceof SluiceError) return `${error.message} ${error.remedy ?? ''}`.trim();
  return error instanceof Error ? error.message : String(error);
}
