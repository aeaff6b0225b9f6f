import { expect, test } from 'vitest';
import { isWithin } from '../../../../src/activities/is-within.js';
import { takeTurn } from '../../../../src/activities/watch/take-turn.js';

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('what was left behind keeps its successors waiting, and nobody else', async () => {
  const server = gate();
  const done: string[] = [];
  const left = takeTurn('the source of a', async () => server.opened);
  const next = takeTurn('the source of a', async (before) => {
    await before;
    done.push('next');
  });
  // It gave up waiting; the one after it still may not begin.
  await takeTurn('the source of a', async (before) => {
    expect(await isWithin(before, 1)).toBe(false);
  });
  const last = takeTurn('the source of a', async (before) => {
    await before;
    done.push('last');
  });
  await takeTurn('the source of b', async (before) => before);
  expect(done).toEqual([]);
  server.open();
  await Promise.all([left, next, last]);
  expect(done).toEqual(['next', 'last']);
});

test('a failure is its own, and its successor begins', async () => {
  const failing = takeTurn('c', async () => Promise.reject(new Error('as scripted')));
  const next = takeTurn('c', async (before) => {
    await before;
    return 'began';
  });
  await expect(failing).rejects.toThrow('as scripted');
  expect(await next).toBe('began');
});
