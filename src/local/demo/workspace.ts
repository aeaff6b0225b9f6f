/** The demo's folder, and everything that has to be undone at its end, in reverse order. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Workspace {
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #starting = new Set<Promise<unknown>>();
  #cleaning: Promise<boolean> | undefined;

  private constructor(readonly directory: string) {}

  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), 'sluice-demo-')));
  }

  get workerLog(): string {
    return join(this.directory, 'worker.log');
  }

  /**
   * Starts something that has to be ended, and returns it. An interruption in the middle waits for
   * it first: what is half started cannot be ended.
   */
  async start<T>(starting: Promise<T>, end: (started: T) => Promise<void>): Promise<T> {
    const registered = starting.then((started) => {
      this.later(() => end(started));
      return started;
    });
    this.#starting.add(registered);
    try {
      return await registered;
    } finally {
      this.#starting.delete(registered);
    }
  }

  /** `undo` runs at the end, whatever happens; an error in it does not stop the others. */
  later(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** Idempotent. With `keepLogs` the folder stays if there are logs; returns whether it stays. */
  cleanUp(keepLogs: boolean): Promise<boolean> {
    this.#cleaning ??= this.#cleanUp(keepLogs);
    return this.#cleaning;
  }

  async #cleanUp(keepLogs: boolean): Promise<boolean> {
    await Promise.allSettled(this.#starting);
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      await undo().catch(() => undefined);
    }
    const logs = (await readdir(this.directory)).filter((name) => name.endsWith('.log'));
    if (keepLogs && logs.length > 0) return true;
    // On Windows the files of a process stay busy for a moment after its end.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10 });
    return false;
  }
}
