/**
 * What looks at the bytes of values (test/conformance/sqlserver/hashbytes: "reads nvarchar as
 * UTF-16, varchar in its code page", test/conformance/sqlserver/strings: "DATALENGTH(CAST('ab' AS
 * char(5)))", test/conformance/sqlserver/nulls-and-numbers: "tells the type of what it holds").
 */
import { notModelled } from '../not-modelled.js';
import { convert } from '../print/convert.js';
import { stringBytes } from '../print/convert-binary.js';
import type { Printed } from '../print/printed.js';
import { family, isNational, units } from '../types/families.js';
import { BIGINT, INT, SQL_VARIANT, UNIQUEIDENTIFIER, binary } from '../types/ms-types.js';
import { codePage } from '../print/convert-string.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args, result, text } from './call.js';

const datalength: FunctionPrinter = (call, context) => {
  const of = argument(args(call, context, 1), 0);
  const type = units(of.type) < 0 && of.type.length <= 16 ? BIGINT : INT;
  const sql = byteLength(of);
  return result(type === BIGINT ? `(${sql})::bigint` : sql, type, [of]);
};

function byteLength(of: Printed): string {
  const { sql, type } = of;
  switch (family(type)) {
    case 'string':
      if (isNational(type)) return `(2 * ss.units(${sql}))`;
      return codePage(type).encoding === 'UTF8'
        ? `octet_length(ss.t(${sql}))`
        : `octet_length(${stringBytes(of)})`;
    case 'xml':
      return `(2 * ss.units(${sql}))`;
    case 'binary':
      return `octet_length(${sql})`;
    case 'sql_variant':
      return `ss.variant_bytes(${sql})`;
    default:
      return `(CASE WHEN (${sql}) IS NOT NULL THEN ${String(type.length)} END)`;
  }
}

const ALGORITHMS: Readonly<Record<string, number>> = { MD5: 16, SHA2_256: 32, SHA2_512: 64 };

const hashbytes: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2);
  const [kind, value] = [argument(printed, 0), argument(printed, 1)];
  if (kind.literal === undefined || !(kind.literal.toUpperCase() in ALGORITHMS)) {
    throw notModelled(`HASHBYTES ${kind.literal ?? 'with a variable algorithm'}`);
  }
  const bytes = family(value.type) === 'binary' ? value.sql : stringBytes(text(value, context));
  return {
    ...result(`ss.hash(${kind.sql}, ${bytes})`, binary('varbinary', 8000), [value]),
    nullable: true,
  };
};

const variantProperty: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2);
  const value = convert(argument(printed, 0), SQL_VARIANT);
  const sql = `ss.variant_property(${value.sql}, ${argument(printed, 1).sql})`;
  return { ...result(sql, SQL_VARIANT, [value]), nullable: true };
};

const newid: FunctionPrinter = () => result('ss.newid()', UNIQUEIDENTIFIER, []);

export const BYTES: Functions = {
  datalength,
  hashbytes,
  sql_variant_property: variantProperty,
  newid,
  newsequentialid: newid,
};
