import { z } from 'zod';
import { SqlError } from '../../backend.js';

/**
 * What goes wrong, and when. `match` is a regular expression, case ignored, for the text of a
 * request or of a bulk load; the `nth` request that it matches fails, and `times - 1` after it.
 */
const where = {
  match: z.string().default(''),
  nth: z.int().positive().default(1),
  times: z.int().positive().default(1),
};

export const fault = z.discriminatedUnion('kind', [
  /** The request is answered with an error; level 20 and more end the connection. */
  z.strictObject({
    kind: z.literal('error'),
    ...where,
    number: z.int(),
    level: z.int().default(16),
    state: z.int().default(1),
    message: z.string().default('A fault that a test asked for.'),
  }),
  /** The connection ends before the request runs. */
  z.strictObject({ kind: z.literal('cut'), ...where }),
  /** The connection ends after so many bytes of values of a bulk load. */
  z.strictObject({ kind: z.literal('cutBulk'), ...where, afterBytes: z.int().nonnegative() }),
  /** The transaction commits, and the connection ends in place of the answer. */
  z.strictObject({ kind: z.literal('loseCommit'), ...where }),
]);

export type Fault = z.infer<typeof fault>;

interface Armed {
  readonly fault: Fault;
  readonly pattern: RegExp;
  seen: number;
}

type Of<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** The faults that wait for their moment, of all sessions together. */
export class FaultPlan {
  #armed: Armed[] = [];

  arm(next: Fault): void {
    this.#armed.push({ fault: next, pattern: new RegExp(next.match, 'is'), seen: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault of that kind whose turn has come with one of these texts; it counts them as seen. */
  due<Kind extends Fault['kind']>(kind: Kind, ...texts: readonly string[]): Of<Kind> | undefined {
    for (const armed of this.#armed) {
      if (!isOf(armed.fault, kind) || !texts.some((text) => armed.pattern.test(text))) continue;
      armed.seen += 1;
      const { nth, times } = armed.fault;
      if (armed.seen < nth) continue;
      if (armed.seen >= nth + times - 1) this.#armed = this.#armed.filter((one) => one !== armed);
      return armed.fault;
    }
    return undefined;
  }
}

function isOf<Kind extends Fault['kind']>(candidate: Fault, kind: Kind): candidate is Of<Kind> {
  return candidate.kind === kind;
}

export function asSqlError(of: Of<'error'>): SqlError {
  return new SqlError(of.number, of.message, { level: of.level, state: of.state });
}
