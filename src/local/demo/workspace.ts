/** The demo's folder, and everything that has to be undone at its end, in reverse order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Workspace {
  readonly #undo: (() => Promise<void>)[] = [];
  #cleaning: Promise<void> | undefined;

  private constructor(readonly directory: string) {}

  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), 'sluice-demo-')));
  }

  get workerLog(): string {
    return join(this.directory, 'worker.log');
  }

  /** `undo` runs at the end, whatever happens; an error in it does not stop the others. */
  later(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** Idempotent. The folder with the logs stays where `keepLogs` says so. */
  cleanUp(keepLogs: boolean): Promise<void> {
    this.#cleaning ??= this.#cleanUp(keepLogs);
    return this.#cleaning;
  }

  async #cleanUp(keepLogs: boolean): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      await undo().catch(() => undefined);
    }
    if (!keepLogs) await rm(this.directory, { recursive: true, force: true });
  }
}
