/**
 * Expressions: CASE and COLLATE, the numbers of sequences and partitions, and whatever is printed
 * elsewhere (test/conformance/sqlserver/catalogue-meaning: "count: the value of a sequence before
 * its first use", test/conformance/sqlserver/partitions: "with RANGE RIGHT belongs to the partition
 * on its right", test/conformance/sqlserver/strings: "loses in varchar what its code page has
 * not").
 */
import { SqlError } from '../../backend.js';
import type { Case, Expression, TypeName } from '../../tsql/ast.js';
import { callFunction } from '../functions/index.js';
import { globalVariable } from '../functions/globals.js';
import { notModelled } from '../not-modelled.js';
import { collation, writtenCollation } from '../types/collation.js';
import { commonOf } from '../types/common-type.js';
import { family } from '../types/families.js';
import { systemType, unknownType } from '../types/type-names.js';
import { pgBaseType } from '../values/storage.js';
import { printArithmetic } from './arithmetic.js';
import { attempt } from './attempt.js';
import { printColumn } from './columns.js';
import { printCompare, strongest, winning } from './compare.js';
import { printCondition } from './condition.js';
import type { PrintContext } from './context.js';
import { CAST, convert } from './convert.js';
import { printLiteral, printNumber } from './literal.js';
import type { Printed } from './printed.js';
import { printQuery } from './query.js';

export function printExpression(expression: Expression, context: PrintContext): Printed {
  switch (expression.kind) {
    case 'null':
    case 'string':
    case 'number':
    case 'binary':
      return printLiteral(expression, context.statement.database.collation);
    case 'variable':
      return printVariable(expression.name, context);
    case 'global':
      return globalVariable(expression.name, context);
    case 'column':
      return printColumn(expression.name, context);
    case 'arithmetic': {
      const left = printExpression(expression.left, context);
      return printArithmetic(expression.op, left, printExpression(expression.right, context));
    }
    case 'cast':
    case 'convert':
      return printCast(expression, context);
    case 'call':
      return callFunction(expression, context);
    default:
      return printRarer(expression, context);
  }
}

type Common =
  | 'null'
  | 'string'
  | 'number'
  | 'binary'
  | 'variable'
  | 'global'
  | 'column'
  | 'arithmetic'
  | 'cast'
  | 'convert'
  | 'call';
type Rarer = Exclude<Expression, { kind: Common }>;

function printRarer(expression: Rarer, context: PrintContext): Printed {
  switch (expression.kind) {
    case 'unary':
      return printUnary(expression, context);
    case 'subquery':
      return printSubquery(expression, context);
    case 'simpleCase':
    case 'searchedCase':
      return printCase(expression, context);
    case 'iif':
      return branches(
        [
          {
            when: printCondition(expression.when, context),
            then: printExpression(expression.then, context),
          },
        ],
        printExpression(expression.else, context),
      );
    case 'collate': {
      const operand = printExpression(expression.operand, context);
      if (family(operand.type) !== 'string') throw notModelled('COLLATE of what is no string');
      return recollated(operand, expression.collation, context);
    }
    case 'nextValue': {
      const { sequence, type } = context.statement.names.sequence(expression.sequence);
      return { sql: `nextval('${sequence}')::${pgBaseType(type)}`, type, nullable: false };
    }
    case 'partitionNumber': {
      const fn = context.statement.names.partitionFunction(expression.function);
      return fn.number(convert(printExpression(expression.value, context), fn.type));
    }
    case 'atTimeZone':
      throw notModelled('AT TIME ZONE');
    case 'staticCall':
      throw notModelled(`${expression.type}::${expression.method}`);
    case 'default':
      throw new SqlError(156, "Incorrect syntax near the keyword 'DEFAULT'.", { level: 15 });
  }
}

function recollated(operand: Printed, name: string, context: PrintContext): Printed {
  const current = context.statement.database.collation;
  const chosen = writtenCollation(name, current, current);
  const type = { ...operand.type, collation: chosen };
  // A varchar moves to the new collation's code page.
  const sql = convert(operand, type).sql;
  return {
    ...operand,
    sql: `(${sql} COLLATE ${collation(chosen).pg})`,
    type,
    collating: 'explicit',
  };
}

export function printVariable(name: string, { statement }: PrintContext): Printed {
  const type = statement.variable(name);
  return { sql: statement.param(name.toLowerCase(), type), type, nullable: true };
}

type Unary = Extract<Expression, { kind: 'unary' }>;

function printUnary({ op, operand }: Unary, context: PrintContext): Printed {
  if (operand.kind === 'number' && op === '-') return printNumber(operand.type, `-${operand.text}`);
  const printed = printExpression(operand, context);
  const { type, nullable } = printed;
  if (op === '+') return printed;
  return { sql: `(${op}${printed.sql})`, type, nullable };
}

/** The type of a cast; alias types are replaced before printing. */
export function typeOf(name: TypeName, context: PrintContext): Printed['type'] {
  const type = systemType(name, context.statement.database.collation, true);
  if (type === undefined) throw unknownType(name);
  return type;
}

type CastOrConvert = Extract<Expression, { kind: 'cast' | 'convert' }>;

function printCast(expression: CastOrConvert, context: PrintContext): Printed {
  const operand = printExpression(expression.operand, context);
  const named = typeOf(expression.type, context);
  // A cast string keeps the collation of what it came from.
  const inherited = family(operand.type) === 'string' ? operand.type.collation : null;
  const type =
    named.collation === null ? named : { ...named, collation: inherited ?? named.collation };
  const how = { ...CAST, style: expression.kind === 'convert' ? styleOf(expression.style) : null };
  return expression.try ? attempt(operand, type, how) : convert(operand, type, how);
}

function styleOf(style: Expression | null): number | null {
  if (style === null) return null;
  if (style.kind !== 'number') throw notModelled('CONVERT with a style that is not a constant');
  return Number(style.text);
}

type Subquery = Extract<Expression, { kind: 'subquery' }>;

function printSubquery({ query }: Subquery, context: PrintContext): Printed {
  const { sql, columns } = printQuery(query, { ...context, top: false });
  const [column] = columns;
  if (column === undefined || columns.length > 1) {
    throw new SqlError(
      116,
      'Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.',
    );
  }
  return { sql: `(${sql})`, type: column.type, nullable: true, collating: 'implicit' };
}

function printCase(expression: Case, context: PrintContext): Printed {
  const otherwise =
    expression.else === null ? undefined : printExpression(expression.else, context);
  if (expression.kind === 'searchedCase') {
    const whens = expression.whens.map(({ when, then }) => ({
      when: printCondition(when, context),
      then: printExpression(then, context),
    }));
    return branches(whens, otherwise);
  }
  const operand = printExpression(expression.operand, context);
  const whens = expression.whens.map(({ when, then }) => ({
    when: printCompare('=', operand, printExpression(when, context)),
    then: printExpression(then, context),
  }));
  return branches(whens, otherwise);
}

/** CASE in the type that its branches have in common. */
export function branches(
  whens: readonly { readonly when: string; readonly then: Printed }[],
  otherwise: Printed | undefined,
): Printed {
  const results = whens.map(({ then }) => then);
  const all = otherwise === undefined ? results : [...results, otherwise];
  const type = commonOf(all);
  const own = family(type) === 'string' ? { ...type, collation: winning(...all) } : type;
  const parts = whens.map(({ when, then }) => `WHEN ${when} THEN ${convert(then, own).sql}`);
  const rest = otherwise === undefined ? '' : ` ELSE ${convert(otherwise, own).sql}`;
  const collating = strongest(...all);
  return {
    sql: `(CASE ${parts.join(' ')}${rest} END)`,
    type: own,
    nullable: otherwise === undefined || all.some(({ nullable }) => nullable),
    ...(collating === undefined ? {} : { collating }),
  };
}
