/**
 * The scalar functions of CDC and Change Tracking: which function of schema feed answers
 * (test/conformance/sqlserver/change-data-capture: "that is not there has an all-zero minimum",
 * test/conformance/sqlserver/change-data-capture: "lie at commits that cdc.lsn_time_mapping knows",
 * test/conformance/sqlserver/change-tracking: "has a minimum valid version of NULL where it is
 * off").
 */
import type { MsType } from '../backend.js';
import type { DatabaseInfo } from '../engine/catalog-seam.js';
import type { Printed } from '../engine/print/printed.js';
import { BIGINT, DATETIME, binary } from '../engine/types/ms-types.js';
import type { Name } from '../tsql/ast.js';
import { notModelled } from '../tsql/cursor.js';

type Kind = 'text' | 'bigint' | 'binary';

interface Scalar {
  readonly fn: string;
  readonly args: readonly Kind[];
  readonly type: MsType;
  /** The database's number goes in front of the arguments. */
  readonly database: boolean;
}

const LSN = binary('binary', 10);

const of = (fn: string, args: readonly Kind[], type: MsType, database = false): Scalar => ({
  fn,
  args,
  type,
  database,
});

const SCALARS: Readonly<Record<string, Scalar>> = {
  'sys.fn_cdc_get_max_lsn': of('max_lsn', [], LSN, true),
  'sys.fn_cdc_get_min_lsn': of('min_lsn', ['text'], LSN, true),
  'sys.fn_cdc_map_lsn_to_time': of('time_of_lsn', ['binary'], DATETIME, true),
  change_tracking_current_version: of('current_version', [], BIGINT, true),
  change_tracking_min_valid_version: of('min_valid_version', ['bigint'], BIGINT),
};

const PG: Readonly<Record<Kind, string>> = {
  text: 'text',
  bigint: 'bigint',
  binary: 'bytea',
};

export function feedFunction(
  name: Name,
  args: readonly Printed[],
  database: DatabaseInfo,
): Printed | undefined {
  const word = name.join('.').toLowerCase();
  const found = Object.hasOwn(SCALARS, word) ? SCALARS[word] : undefined;
  if (found === undefined) return undefined;
  if (args.length !== found.args.length) {
    throw notModelled(`${word} with ${String(args.length)} arguments`);
  }
  const own = args.map(({ sql }, at) => `(${sql})::${PG[found.args[at] ?? 'text']}`);
  const all = found.database ? [String(database.id), ...own] : own;
  return { sql: `feed.${found.fn}(${all.join(', ')})`, type: found.type, nullable: true };
}
