/**
 * The @@ values, by their types (test/conformance/sqlserver/changes: "is that of the last
 * statement", test/conformance/sqlserver/transactions: "counts BEGIN TRAN and commits with the last
 * COMMIT", test/conformance/sqlserver/set-options: "@@OPTIONS has a bit for each that is on").
 */
import { notModelled } from '../not-modelled.js';
import type { MsType } from '../../backend.js';
import type { PrintContext } from '../print/context.js';
import type { Printed } from '../print/printed.js';
import { INT, SMALLINT, decimal } from '../types/ms-types.js';
import { known } from './session.js';

const TYPES: Readonly<Record<string, MsType>> = {
  '@@ROWCOUNT': INT,
  '@@TRANCOUNT': INT,
  '@@SPID': SMALLINT,
  '@@IDENTITY': decimal(38, 0),
  '@@LOCK_TIMEOUT': INT,
  '@@OPTIONS': INT,
};

export function globalVariable(name: string, context: PrintContext): Printed {
  const type = TYPES[name];
  if (type === undefined) throw notModelled(name);
  return known(name.toLowerCase(), type, context, false);
}
