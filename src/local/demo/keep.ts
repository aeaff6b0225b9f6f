/** `--keep`: everything goes on until somebody presses Ctrl-C. */
import type { DemoResult } from './demo.js';
import { DATABASE } from './pipeline-config.js';
import type { Screen } from './screen.js';

export async function holdUntilStopped(
  screen: Screen,
  { servers, config }: DemoResult,
  stopped: Promise<unknown>,
): Promise<void> {
  const { paint } = screen;
  screen.say();
  screen.say(paint.bold('Everything keeps running until you press Ctrl-C:'));
  screen.say(`  Web UI    ${paint.cyan(servers.temporal.uiUrl)}`);
  screen.say(`  source    ${servers.source.url(DATABASE)}`);
  screen.say(`  target    ${servers.target.url(DATABASE)}`);
  screen.say(`  commands  . ${config.envFile} && npm run sluice -- status`);
  await stopped;
  screen.say();
  screen.say('Stopping …');
}
