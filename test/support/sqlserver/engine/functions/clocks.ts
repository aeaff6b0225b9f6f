/**
 * What time it is; the server's own time zone is UTC (test/conformance/sqlserver/times: "is UTC
 * without the offset of the server", test/conformance/sqlserver/locks: "dm_tran_locks names who
 * holds a table").
 */
import { DATETIME, datetime2, datetimeoffset } from '../types/ms-types.js';
import type { FunctionPrinter, Functions } from './call.js';
import { result } from './call.js';

const local: FunctionPrinter = () => result('ss.now()', datetime2(7), []);
const old: FunctionPrinter = () => result('ss.as_datetime(ss.now())', DATETIME, []);
const withOffset: FunctionPrinter = () => result("(ss.now() || '+00:00')", datetimeoffset(7), []);

export const CLOCKS: Functions = {
  sysdatetime: local,
  sysutcdatetime: local,
  getdate: old,
  sysdatetimeoffset: withOffset,
};
