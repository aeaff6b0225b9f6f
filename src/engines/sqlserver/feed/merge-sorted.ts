/**
 * One sorted stream out of several, holding one item of each. Items that compare as equal come in
 * the order of the streams. Ends all streams when it is left early.
 */
export async function* mergeSorted<T>(
  streams: readonly AsyncIterable<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T, void, undefined> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const heads: { item: T; from: AsyncIterator<T>; order: number }[] = [];
  const advance = async (from: AsyncIterator<T>, order: number): Promise<void> => {
    const next = await from.next();
    if (next.done === true) return;
    const head = { item: next.value, from, order };
    // From the end: in a run of rows of one table the next one belongs at the front again.
    let at = heads.length;
    while (at > 0 && isBefore(head, heads[at - 1], compare)) at -= 1;
    heads.splice(at, 0, head);
  };
  try {
    for (const [order, iterator] of iterators.entries()) await advance(iterator, order);
    for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
      yield head.item;
      await advance(head.from, head.order);
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.(undefined);
  }
}

interface Head<T> {
  readonly item: T;
  readonly order: number;
}

function isBefore<T>(a: Head<T>, b: Head<T> | undefined, compare: (a: T, b: T) => number): boolean {
  if (b === undefined) return false;
  const sign = compare(a.item, b.item);
  return sign < 0 || (sign === 0 && a.order < b.order);
}
