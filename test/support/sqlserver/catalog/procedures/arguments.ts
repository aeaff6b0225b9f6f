/**
 * How a system procedure is called. Needed by test/conformance/sqlserver/extended-properties: "asks
 * for a name (201) and takes no other parameters".
 */
import { SqlError } from '../../backend.js';
import type { ProcedureArgument, ProcedureCall } from '../../engine/catalog-seam.js';

/** Arguments by name or place, as a system procedure declares them; null for one left out. */
export class Arguments {
  readonly #byName = new Map<string, ProcedureArgument>();

  constructor(
    readonly procedure: string,
    call: ProcedureCall,
    declared: readonly string[],
  ) {
    call.args.forEach((arg, index) => {
      const name = (arg.name ?? declared[index] ?? '').toLowerCase();
      if (!declared.includes(name)) {
        throw new SqlError(
          8145,
          `${arg.name ?? ''} is not a parameter for procedure ${procedure}.`,
          { state: 2 },
        );
      }
      this.#byName.set(name, arg);
    });
  }

  text(name: string): string | null {
    return this.#byName.get(name)?.text ?? null;
  }

  argument(name: string): ProcedureArgument | undefined {
    return this.#byName.get(name);
  }

  /** Throws 201 for one that is missing. */
  required(name: string): string {
    const text = this.text(name);
    if (text !== null) return text;
    throw new SqlError(
      201,
      `Procedure or function '${this.procedure}' expects parameter '${name}', which was not supplied.`,
      { state: 4 },
    );
  }
}
