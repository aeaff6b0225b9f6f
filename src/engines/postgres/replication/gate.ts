/** Something that happens once and that several may wait for. */
export interface Gate {
  readonly promise: Promise<void>;
  readonly open: () => void;
  /** Whether it opened within the time. */
  within(limitMs: number): Promise<boolean>;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const promise = new Promise<void>((done) => {
    open = done;
  });
  return { promise, open: () => open(), within: (limitMs) => finishesWithin(promise, limitMs) };
}

/** Whether the promise resolves within the time. */
export async function finishesWithin(promise: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), limitMs);
  });
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer));
}
