/**
 * What a session, and what a batch knows; the settings are those of a new login
 * (test/conformance/sqlserver/reset: "leaves no #temp table and no setting",
 * test/conformance/sqlserver/set-options: "@@OPTIONS has a bit for each that is on").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { DatabaseInfo } from '../catalog-seam.js';

/** What SET switches; a call gives back what it changed. */
export interface Options {
  xactAbort: boolean;
  noCount: boolean;
  /** Statements are read and not run, but for the one that switches this off. */
  noExec: boolean;
  /** Off after the login of a driver, which switches it on by itself. */
  arithAbort: boolean;
  ansiNulls: boolean;
  quotedIdentifier: boolean;
  /** Milliseconds; -1 waits for ever. */
  lockTimeout: number;
  identityInsert: { readonly objectId: number; readonly name: string } | null;
  isolation: 'read committed' | 'snapshot';
}

export function defaultOptions(): Options {
  return {
    xactAbort: false,
    noCount: false,
    noExec: false,
    arithAbort: false,
    ansiNulls: true,
    quotedIdentifier: true,
    lockTimeout: -1,
    identityInsert: null,
    isolation: 'read committed',
  };
}

export interface Variable {
  readonly type: MsType;
  /** As PostgreSQL keeps it. */
  value: string | null;
}

/** What one session knows about itself beside its transaction. */
export class SessionState {
  options = defaultOptions();
  rowCount = 0;
  /** The sequence whose value was given last, or the value itself. */
  identity: LastIdentity | null = null;

  constructor(
    readonly spid: number,
    readonly login: string,
    readonly application: string,
    public database: DatabaseInfo,
    /** It was announced at login (ApplicationIntent). */
    readonly readOnlyIntent = false,
  ) {}
}

export type LastIdentity = { readonly sequence: string } | { readonly value: string };

/** Variables of a batch or call, and what ends with it. */
export class Scope {
  readonly variables = new Map<string, Variable>();
  /** Of the insert that this scope ran last. */
  identity: LastIdentity | null = null;
  /** TRY blocks around the running statement. */
  tries = 0;
  /** The error that the innermost CATCH deals with. */
  caught: SqlError | null = null;
  #signature: string | undefined;

  constructor(readonly depth: number) {}

  declare(name: string, type: MsType, value: string | null): void {
    this.variables.set(name.toLowerCase(), { type, value });
    this.#signature = undefined;
  }

  set(name: string, value: string | null): void {
    const variable = this.variables.get(name.toLowerCase());
    if (variable === undefined) {
      throw new SqlError(137, `Must declare the scalar variable "${name}".`, { level: 15 });
    }
    variable.value = value;
  }

  get types(): ReadonlyMap<string, MsType> {
    return new Map([...this.variables].map(([name, { type }]) => [name, type]));
  }

  /** Names and types of all variables: a plan is printed for them. */
  get signature(): string {
    this.#signature ??= [...this.variables]
      .map(([name, { type: t }]) => `${name} ${t.name} ${[t.length, t.precision, t.scale].join()}`)
      .join(';');
    return this.#signature;
  }
}
