import type { MsType, RpcParam } from '../backend.js';
import { SqlError } from '../backend.js';
import type { Response } from './response.js';
import type { ProcedureCall } from './rpc.js';

/** A statement with its parameters, ready for the session. */
export interface Statement {
  readonly text: string;
  readonly params: readonly RpcParam[];
}

interface Prepared {
  readonly text: string;
  readonly declared: readonly string[];
}

const HANDLE: MsType = { name: 'int', length: 4, precision: 10, scale: 0, collation: null };

function textOf(param: RpcParam | undefined): string {
  return typeof param?.value === 'string' ? param.value : '';
}

/** The names in `@a int, @b nvarchar(10)`. */
function declaredNames(declaration: string): string[] {
  return declaration.match(/@[^\s,()]+/gu) ?? [];
}

/** Parameters sent without a name take the declared ones, in order. */
function named(params: readonly RpcParam[], declared: readonly string[]): RpcParam[] {
  return params.map((param, at) =>
    param.name === '' ? { ...param, name: declared[at] ?? '' } : param,
  );
}

/** A procedure called by name is the same EXEC with its parameters as variables. */
function asExec(call: ProcedureCall): Statement {
  const params = call.params.map((param, at) =>
    param.name === '' ? { ...param, name: `@standin${String(at)}` } : param,
  );
  const list = params.map((param, at) => {
    const value = call.params[at]?.name === '' ? param.name : `${param.name} = ${param.name}`;
    return param.output ? `${value} OUTPUT` : value;
  });
  return { text: `EXEC ${call.name} ${list.join(', ')}`, params };
}

/** The statements that a connection has prepared, and the procedures that deal with them. */
export class Procedures {
  readonly #prepared = new Map<number, Prepared>();
  #lastHandle = 0;

  /** What has to run for this call; undefined when its answer is complete. */
  resolve(call: ProcedureCall, response: Response): Statement | undefined {
    const [first, second, third, ...rest] = call.params;
    switch (call.name.toLowerCase()) {
      case 'sp_executesql': {
        const values = third === undefined ? [] : [third, ...rest];
        return { text: textOf(first), params: named(values, declaredNames(textOf(second))) };
      }
      case 'sp_prepare':
        this.#prepare(textOf(second), textOf(third), response);
        return undefined;
      case 'sp_prepexec': {
        const prepared = this.#prepare(textOf(second), textOf(third), response);
        return { text: prepared.text, params: named(rest, prepared.declared) };
      }
      case 'sp_execute':
        return this.#execute(call);
      case 'sp_unprepare':
        this.#prepared.delete(Number(first?.value));
        return undefined;
      default:
        return asExec(call);
    }
  }

  #prepare(declaration: string, text: string, response: Response): Prepared {
    const prepared = { text, declared: declaredNames(declaration) };
    this.#lastHandle += 1;
    this.#prepared.set(this.#lastHandle, prepared);
    response.returnValue(
      'handle',
      { name: 'handle', type: HANDLE, nullable: true },
      this.#lastHandle,
    );
    return prepared;
  }

  #execute(call: ProcedureCall): Statement {
    const handle = Number(call.params[0]?.value);
    const prepared = this.#prepared.get(handle);
    if (prepared === undefined) {
      throw new SqlError(8179, `Could not find prepared statement with handle ${String(handle)}.`);
    }
    return { text: prepared.text, params: named(call.params.slice(1), prepared.declared) };
  }
}
