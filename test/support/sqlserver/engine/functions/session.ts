/**
 * What a session knows about itself: parameters that it fills in when the statement runs
 * (test/conformance/sqlserver/identity: "SCOPE_IDENTITY is the last value of the batch",
 * test/conformance/sqlserver/transactions: "is doomed in CATCH while XACT_ABORT is on",
 * test/conformance/sqlserver/nulls-and-numbers: "grows with every change, and
 * MIN_ACTIVE_ROWVERSION").
 */
import type { MsType } from '../../backend.js';
import type { PrintContext } from '../print/context.js';
import type { Printed } from '../print/printed.js';
import { INT, ROWVERSION, SMALLINT, decimal, nvarchar } from '../types/ms-types.js';
import type { FunctionPrinter, Functions } from './call.js';
import { pgBaseType } from '../values/storage.js';
import { result } from './call.js';

/** Values by key, as text: see session/known-values.ts. */
export function known(key: string, type: MsType, context: PrintContext, nullable = true): Printed {
  return { sql: context.statement.param(key, type), type, nullable };
}

const application: FunctionPrinter = (_call, context) =>
  known('application', nvarchar(128, context.statement.database.collation), context);

const scopeIdentity: FunctionPrinter = (_call, context) =>
  known('scope_identity()', decimal(38, 0), context);

/** As a function, so that it can stand in a column's default. */
const login: FunctionPrinter = (_call, context) => {
  const type = nvarchar(128, context.statement.database.collation);
  return { sql: `ss.login()::${pgBaseType(type)}`, type, nullable: false };
};

export const SESSION: Functions = {
  scope_identity: scopeIdentity,
  suser_sname: login,
  original_login: login,
  app_name: application,
  xact_state: (_call, context) => known('xact_state()', SMALLINT, context, false),
  error_number: (_call, context) => known('error_number()', INT, context),
  error_severity: (_call, context) => known('error_severity()', INT, context),
  min_active_rowversion: () => result('ss.min_active_rowversion()', ROWVERSION, []),
};
