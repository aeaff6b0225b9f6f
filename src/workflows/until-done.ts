import { sleep } from '@temporalio/workflow';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Repeat a step that says itself whether it is done, with a growing pause, until it is or `giveUp`
 * says so after a try. True when it is done.
 */
export async function untilDone(
  step: () => Promise<{ readonly done: boolean; readonly detail: string }>,
  say: (detail: string) => void,
  giveUp: () => boolean = () => false,
): Promise<boolean> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    const { done, detail } = await step();
    if (done || giveUp()) return done;
    say(detail);
    await sleep(pause);
  }
}
