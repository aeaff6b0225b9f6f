import { toSluiceError } from '../../core/errors.js';
import type { WatchRequest } from '../../core/protocol.js';
import type { Logger } from '../../observability/logger.js';

/** What lasts so long is worth a word: a lock or a restart that passes is not. */
const WORTH_A_WORD_MS = 10_000;

/** No target can be looked after: that is a failure of the whole watch. */
export class AllAway extends Error {
  override readonly name = 'AllAway';
  constructor(readonly thrown: unknown) {
    super('no target answers');
  }
}

interface Trouble {
  readonly since: number;
  readonly text: string;
}

/** Everything has been looked at once more by then. */
const SETTLED_MS = 70_000;
const MAX_TEXTS = 5;
const MAX_LENGTH = 300;

/** What a watch cannot look after just now, each thing by itself. */
export class Troubles {
  readonly #open = new Map<string, Trouble>();
  readonly #began: number;
  readonly #known: readonly string[];

  constructor(
    private readonly logger: Logger,
    private readonly ref: Pick<WatchRequest, 'pipeline' | 'trouble'>,
    private readonly now: () => number = Date.now,
  ) {
    this.#began = now();
    this.#known = ref.trouble ?? [];
  }

  /** The work's value; undefined when it failed. It is tried again at the next look. */
  async guard<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await work();
      this.#open.delete(what);
      return value;
    } catch (thrown) {
      if (thrown instanceof AllAway) throw thrown.thrown;
      const { code, message, kind } = toSluiceError(thrown);
      if (kind === 'benign') throw thrown;
      const text = `${code}: ${message}`.slice(0, MAX_LENGTH);
      const before = this.#open.get(what);
      if (before?.text !== text) {
        this.logger.warn({ pipeline: this.ref.pipeline, what, code }, message);
      }
      this.#open.set(what, { since: before?.since ?? this.now(), text });
      return undefined;
    }
  }

  /** Trouble with one target or one thing to look at keeps no other from being looked after. */
  async eachTarget(
    what: string,
    names: readonly string[],
    work: (name: string) => Promise<void>,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    for (const name of names) {
      if (isOver()) return;
      await this.guard(`${what} of ${name}`, () => work(name));
    }
  }

  /** All that lasts; what the workflow knew already stands until everything was looked at again. */
  get texts(): readonly string[] {
    const lasting = [...this.#open.values()]
      .filter(({ since }) => this.now() - since >= WORTH_A_WORD_MS)
      .map(({ text }) => text);
    const former = this.now() - this.#began < SETTLED_MS ? this.#known : [];
    return [...new Set([...former, ...lasting])].sort().slice(0, MAX_TEXTS);
  }

  /** Whether that is another than the workflow knows. */
  get hasNews(): boolean {
    return this.texts.join('\n') !== this.#known.join('\n');
  }
}

/** Tell each target, also after one that does not answer. Throws when none does. */
export async function tellEach(
  names: readonly string[],
  tell: (name: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await tell(name);
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length === names.length) throw failures[0];
}
