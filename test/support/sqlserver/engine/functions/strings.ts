/**
 * Functions of strings, by UTF-16 units and by collation (test/conformance/sqlserver/strings:
 * "functions of strings", test/conformance/sqlserver/strings: "lengths").
 */
import type { MsType } from '../../backend.js';
import { isCaseBlind, winning } from '../print/compare.js';
import type { Printed } from '../print/printed.js';
import { family, isNational, units } from '../types/families.js';
import { BIGINT, INT, nvarchar, string } from '../types/ms-types.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args, bigint, result, text } from './call.js';

/** varchar or nvarchar as the argument, of that size. */
function like(type: MsType, size: number | 'max'): MsType {
  return string(isNational(type) ? 'nvarchar' : 'varchar', size, type.collation);
}

function sameSize(type: MsType): MsType {
  const size = units(type);
  return like(type, size < 0 ? 'max' : size);
}

function lengthType(type: MsType): MsType {
  return units(type) < 0 ? BIGINT : INT;
}

const len: FunctionPrinter = (call, context) => {
  const [s] = args(call, context, 1).map((each) => text(each, context));
  const of = s ?? argument([], 0);
  const type = lengthType(of.type);
  return result(`ss.len(${of.sql})${type === BIGINT ? '::bigint' : ''}`, type, [of]);
};

const substring: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 3);
  const source = argument(printed, 0);
  const isBinary = family(source.type) === 'binary';
  const s = isBinary ? source : text(source, context);
  const [first, count] = [argument(printed, 1), argument(printed, 2)];
  const sql = `ss.substring(${s.sql}, ${bigint(first)}, ${bigint(count)})`;
  const type = isBinary ? { ...s.type, name: 'varbinary' as const } : sameSize(s.type);
  return result(sql, type, [s, first, count]);
};

function end(side: 'left' | 'right'): FunctionPrinter {
  return (call, context) => {
    const printed = args(call, context, 2);
    const s = text(argument(printed, 0), context);
    const n = argument(printed, 1);
    return result(`ss.${side}(${s.sql}, ${bigint(n)})`, sameSize(s.type), [s, n]);
  };
}

/** upper and lower of ICU, which knows more than ASCII. */
function letters(fn: 'upper' | 'lower'): FunctionPrinter {
  return (call, context) => {
    const s = text(argument(args(call, context, 1), 0), context);
    return result(`${fn}(ss.t(${s.sql}) COLLATE ss.cs_as)::bpchar`, sameSize(s.type), [s]);
  };
}

function trim(side: 'left' | 'right'): FunctionPrinter {
  return (call, context) => {
    const s = text(argument(args(call, context, 1), 0), context);
    return result(`ss.trim(${s.sql}, '${side}')`, sameSize(s.type), [s]);
  };
}

const concat: FunctionPrinter = (call, context) => {
  const parts = args(call, context, 2, 254).map((each) => asPart(each, text(each, context)));
  const national = parts.some(({ type }) => isNational(type));
  const limit = national ? 4000 : 8000;
  const sizes = parts.map(({ type }) => units(type));
  const isMax = sizes.some((size) => size < 0);
  const size = isMax
    ? 'max'
    : Math.min(
        limit,
        Math.max(
          1,
          sizes.reduce((a, b) => a + b, 0),
        ),
      );
  const collation = winning(...parts) ?? context.statement.database.collation;
  const type = string(national ? 'nvarchar' : 'varchar', size, collation);
  const sql = `concat(${parts.map((part) => part.sql).join(', ')})::bpchar`;
  return { ...result(sql, type, parts), nullable: false };
};

/** Strings as they are; everything else at the length that it can have. */
function asPart(original: Printed, converted: Printed): Printed {
  if (family(original.type) === 'string') return converted;
  return { ...converted, type: { ...converted.type, length: 40 } };
}

const replace: FunctionPrinter = (call, context) => {
  const parts = args(call, context, 3).map((each) => text(each, context));
  const s = argument(parts, 0);
  const blind = isCaseBlind(winning(...parts)) && !isCaseless(argument(parts, 1));
  const fn = blind ? 'ss.replace_ci' : 'ss.replace';
  const isMax = units(s.type) < 0;
  const type = like(s.type, isMax ? 'max' : isNational(s.type) ? 4000 : 8000);
  return result(`${fn}(${parts.map(({ sql }) => sql).join(', ')})`, type, parts);
};

/** A constant without letters: looking for it needs no collation, which is much faster. */
function isCaseless({ literal }: Printed): boolean {
  return literal !== undefined && /^[ -@[-`{-~]*$/.test(literal);
}

const charindex: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2, 3);
  const what = text(argument(printed, 0), context);
  const s = text(argument(printed, 1), context);
  const start = printed[2] === undefined ? '1' : bigint(printed[2]);
  const blind = String(isCaseBlind(winning(what, s)) && !isCaseless(what));
  const type = lengthType(s.type);
  const sql = `ss.charindex(${what.sql}, ${s.sql}, ${start}, ${blind})`;
  return result(type === BIGINT ? `${sql}::bigint` : sql, type, [what, s]);
};

const replicate: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2);
  const s = text(argument(printed, 0), context);
  const n = argument(printed, 1);
  const max = units(s.type) < 0;
  const limit = isNational(s.type) ? 4000 : 8000;
  // What is not (max) is cut at 8,000 bytes.
  const whole = `repeat(ss.t(${s.sql}), ${bigint(n)}::integer)::bpchar`;
  const sql = max ? whole : `ss.cut(${whole}, ${String(limit)})`;
  return { ...result(sql, like(s.type, max ? 'max' : limit), [s, n]), nullable: true };
};

const quotename: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 1, 2);
  const s = text(argument(printed, 0), context);
  const mark = printed[1] === undefined ? "'['::bpchar" : text(printed[1], context).sql;
  const type = nvarchar(258, s.type.collation ?? context.statement.database.collation);
  return { ...result(`ss.quotename(${s.sql}, ${mark})`, type, [s]), nullable: true };
};

const character: FunctionPrinter = (call, context) => {
  const n = argument(args(call, context, 1), 0);
  const type = nvarchar(1, context.statement.database.collation);
  return {
    ...result(`ss.from_utf16(ss.swapped_bytes((${n.sql})::integer))`, type, [n]),
    nullable: true,
  };
};

export const STRINGS: Functions = {
  len,
  substring,
  left: end('left'),
  right: end('right'),
  upper: letters('upper'),
  lower: letters('lower'),
  ltrim: trim('left'),
  rtrim: trim('right'),
  concat,
  replace,
  charindex,
  replicate,
  quotename,
  nchar: character,
};
