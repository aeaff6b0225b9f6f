/**
 * What an activity that ended had to leave behind, on a server that does not answer, is still at
 * work: its successor in this process begins when that has ended. By name of the work.
 */
const last = new Map<string, Promise<void>>();

/** @param work is given the end of what went before, for which it has to wait by itself */
export async function takeTurn<T>(
  name: string,
  work: (before: Promise<void>) => Promise<T>,
): Promise<T> {
  const before = last.get(name) ?? Promise.resolve();
  const mine = work(before);
  const ended = Promise.allSettled([before, mine]).then(() => {
    if (last.get(name) === ended) last.delete(name);
  });
  last.set(name, ended);
  return mine;
}
