/** The table at the end, and what to do next. */
import type { ComparedTable } from './equality.js';
import { DemoFailure } from './failure.js';
import type { Screen } from './screen.js';
import { columns, count, took } from './text.js';

export interface Timing {
  readonly step: string;
  readonly ms: number;
}

/** Throws a DemoFailure when the two sides are not equal. */
export function showComparison(screen: Screen, compared: readonly ComparedTable[]): void {
  const { paint } = screen;
  const cells = [
    ['table', 'partitions', 'rows on source', 'rows on target', 'row by row'],
    ...compared.map((one) => [
      one.name,
      one.parts > 1 ? String(one.parts) : '-',
      count(one.sourceRows),
      count(one.targetRows),
      one.equal ? 'equal' : one.difference,
    ]),
  ];
  const [heading = '', ...lines] = columns(cells);
  screen.say(paint.bold(heading));
  lines.forEach((line, at) => {
    screen.say(compared[at]?.equal === true ? line : paint.red(line));
  });
  const different = compared.filter((one) => !one.equal);
  if (different.length > 0 || compared.length === 0) {
    throw new DemoFailure(
      `The two sides are not equal: ${different.map((one) => `${one.name} (${one.difference})`).join(', ')}.`,
    );
  }
}

export function showTimings(screen: Screen, timings: readonly Timing[]): void {
  const total = timings.reduce((sum, { ms }) => sum + ms, 0);
  const parts = timings.map(({ step, ms }) => `${step} ${took(ms)}`).join(', ');
  screen.say(screen.paint.dim(`${took(total)} in all: ${parts}`));
}

export function showNext(screen: Screen): void {
  const { paint } = screen;
  screen.say();
  screen.say(paint.bold('Next, on your own databases:'));
  screen.say(
    `  ${paint.cyan('sluice init')}   asks for two connections and writes the configuration`,
  );
  screen.say(
    `  ${paint.cyan('sluice check')}  says what is missing on either side, and how to get it`,
  );
  screen.say(paint.dim('  (in this folder: npm run sluice -- init)'));
}
