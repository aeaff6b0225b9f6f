import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../src/local/demo/options.js';
import { Screen } from '../../../src/local/demo/screen.js';
import { showComparison } from '../../../src/local/demo/summary.js';
import { bar, columns, took } from '../../../src/local/demo/text.js';
import { Workspace } from '../../../src/local/demo/workspace.js';

function screenFor(isTTY: boolean, env: NodeJS.ProcessEnv = {}) {
  let text = '';
  const stream = { isTTY, columns: 40, write: (more: string) => (text += more) };
  return { screen: new Screen(stream, 2, env), written: () => text };
}

describe('the output of the demo', () => {
  it('has no escape sequences in a log, in CI even where it looks like a terminal', () => {
    for (const { screen, written } of [screenFor(false), screenFor(true, { CI: 'true' })]) {
      screen.step('One');
      screen.done('done');
      screen.progress('Downloading: 1 %');
      screen.board(['bar 1', 'bar 2'], 'short');
      expect(written()).toBe('\n[1/2] One\n  ✓ done\n  Downloading: 1 %\n  short\n');
    }
  });

  it('writes at most one line of a board per second to a log', () => {
    const { screen, written } = screenFor(false);
    for (let n = 0; n < 50; n += 1) screen.board(['bar'], `at ${String(n)}`);
    expect(written()).toBe('  at 0\n');
  });

  it('replaces the board on a terminal and never writes a line that wraps', () => {
    const { screen, written } = screenFor(true, { NO_COLOR: '1' });
    screen.board(['one', 'two'], 'short');
    screen.board(['x'.repeat(80), 'four'], 'short');
    const [, second = ''] = written().split('\u001b[2A');
    expect(second).toBe(`\u001b[2K  ${'x'.repeat(36)}…\n\u001b[2K  four\n\u001b[0J`);
    screen.endBoard();
    screen.board(['five'], 'short');
    expect(written().split('\u001b[2A')).toHaveLength(2);
  });

  it('says times and parts as people read them', () => {
    expect([took(340), took(4_200), took(185_000)]).toEqual(['340 ms', '4.2 s', '3 min 5 s']);
    expect([bar(0, 4), bar(0.5, 4), bar(7, 4)]).toEqual(['░░░░', '██░░', '████']);
    expect(
      columns([
        ['name', 'rows'],
        ['a', '1,000'],
      ]),
    ).toEqual(['name  rows', 'a     1,000']);
  });

  it('takes --keep and refuses what it does not know', () => {
    expect(readOptions(['--keep'])).toEqual({ keep: true, help: false });
    expect(() => readOptions(['--quick'])).toThrow('The demo has no option --quick.');
  });
});

describe('the end of the demo', () => {
  it('is a failure that names every table that differs, and one when nothing was compared', () => {
    const { screen } = screenFor(false);
    const row = { name: 'tasks', sourceRows: 2, targetRows: 1, parts: 1 };
    const different = { ...row, equal: false, difference: 'rows differ in tasks' };
    expect(() => {
      showComparison(screen, [{ ...row, name: 'events', equal: true, difference: '' }, different]);
    }).toThrow('The two sides are not equal: tasks (rows differ in tasks).');
    expect(() => {
      showComparison(screen, []);
    }).toThrow('not equal');
  });

  it('ends what was started in reverse order, also what was still starting, and its folder', async () => {
    const workspace = await Workspace.create();
    const ended: string[] = [];
    const end = (name: string): Promise<void> => {
      ended.push(name);
      return name === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    await workspace.start(Promise.resolve('first'), end);
    await workspace.start(Promise.resolve('bad'), end);
    void workspace.start(
      delay(20).then(() => 'late'),
      end,
    );
    expect(await workspace.cleanUp(true)).toBe(false);
    expect(ended).toEqual(['late', 'bad', 'first']);
    expect(existsSync(workspace.directory)).toBe(false);
  });
});
