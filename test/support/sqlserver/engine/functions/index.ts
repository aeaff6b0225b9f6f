/** Every function that the stand-in knows; the rest is the catalog's or refused. */
import { SqlError } from '../../backend.js';
import type { Call } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import type { PrintContext } from '../print/context.js';
import { printExpression } from '../print/expression.js';
import type { Printed } from '../print/printed.js';
import { AGGREGATES } from './aggregates.js';
import { BYTES } from './bytes.js';
import type { Functions } from './call.js';
import { CHOICES } from './choices.js';
import { CLOCKS } from './clocks.js';
import { NUMBERS } from './numbers.js';
import { SESSION } from './session.js';
import { STRINGS } from './strings.js';
import { TIMES } from './times.js';
import { WINDOWS } from './windows.js';

const FUNCTIONS: Functions = {
  ...AGGREGATES,
  ...BYTES,
  ...CHOICES,
  ...CLOCKS,
  ...NUMBERS,
  ...SESSION,
  ...STRINGS,
  ...TIMES,
  ...WINDOWS,
};

export function callFunction(call: Call, context: PrintContext): Printed {
  const name = (call.name.at(-1) ?? '').toLowerCase();
  const own =
    call.name.length === 1 && Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (own !== undefined) {
    const windowed = name in AGGREGATES || name in WINDOWS;
    if (call.over !== null && !windowed) throw notModelled(`${name.toUpperCase()} … OVER`);
    return own(call, context);
  }
  const args = call.args.map((arg) => printExpression(arg, context));
  const found = context.statement.names.scalar(call.name, args);
  if (found !== undefined) return found;
  if (call.name.length > 1) throw notModelled(`function ${call.name.join('.')}`);
  // SQL Server answers 195 for a name that it does not know; here that is also what it would know.
  throw new SqlError(99_999, `not modelled: function ${call.name.join('.')}`);
}
