/**
 * Expressions in the form in which SQL Server keeps them in its catalog: names in brackets, numbers
 * in parentheses, functions and CASE in lower case. `getdate()` of a default is kept `(getdate())`,
 * `a > 0` of a check `([a]>(0))`. Needed by test/conformance/sqlserver/catalogue-meaning: "have
 * definitions in brackets" and test/conformance/sqlserver/catalogue-meaning: "have a heap as index
 * 0 without a name, and the filter as text".
 */
import type { Call, Condition, Expression, Literal, Name, TypeName } from '../tsql/ast.js';
import { notModelled } from '../tsql/cursor.js';

/** As the catalog's `definition` of a default or computed column. */
export function expressionText(expression: Expression): string {
  return `(${text(expression)})`;
}

/** As the `definition` of a check, and the filter of an index. */
export function conditionText(condition: Condition): string {
  return `(${predicate(condition)})`;
}

function bracketed(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`;
}

function text(e: Expression): string {
  switch (e.kind) {
    case 'null':
    case 'string':
    case 'number':
    case 'binary':
      return literal(e);
    case 'variable':
    case 'global':
      return e.name;
    case 'column':
      return dotted(e.name);
    case 'unary':
      return e.operand.kind === 'number'
        ? `(${e.op}${e.operand.text})`
        : `${e.op}${text(e.operand)}`;
    case 'arithmetic':
      return `${operand(e.left)}${e.op}${operand(e.right)}`;
    case 'collate':
      return `${text(e.operand)} COLLATE ${e.collation}`;
    default:
      return longer(e);
  }
}

type Short =
  | 'null'
  | 'string'
  | 'number'
  | 'binary'
  | 'variable'
  | 'global'
  | 'column'
  | 'unary'
  | 'arithmetic'
  | 'collate';

function longer(e: Exclude<Expression, { kind: Short }>): string {
  switch (e.kind) {
    case 'cast':
      return `CONVERT(${typeText(e.type)},${text(e.operand)})`;
    case 'convert': {
      const style = e.style === null ? '' : `,${text(e.style)}`;
      return `CONVERT(${typeText(e.type)},${text(e.operand)}${style})`;
    }
    case 'call':
      return call(e);
    case 'nextValue':
      return `NEXT VALUE FOR ${dotted(e.sequence)}`;
    case 'iif':
      return `case when ${predicate(e.when)} then ${text(e.then)} else ${text(e.else)} end`;
    case 'searchedCase':
      return caseText(
        '',
        e.whens.map(({ when, then }) => [predicate(when), then]),
        e.else,
      );
    case 'simpleCase':
      return caseText(
        ` ${text(e.operand)}`,
        e.whens.map(({ when, then }) => [text(when), then]),
        e.else,
      );
    default:
      throw notModelled(`${e.kind} in a definition`);
  }
}

function caseText(
  operandText: string,
  whens: readonly (readonly [string, Expression])[],
  otherwise: Expression | null,
): string {
  const parts = whens.map(([when, then]) => ` when ${when} then ${text(then)}`);
  const rest = otherwise === null ? '' : ` else ${text(otherwise)}`;
  return `case${operandText}${parts.join('')}${rest} end`;
}

function operand(e: Expression): string {
  return e.kind === 'arithmetic' ? `(${text(e)})` : text(e);
}

function literal(value: Literal): string {
  switch (value.kind) {
    case 'null':
      return 'NULL';
    case 'string':
      return `${value.unicode ? 'N' : ''}'${value.value.replaceAll("'", "''")}'`;
    case 'number':
      return `(${value.text})`;
    case 'binary':
      return `0x${value.value.toString('hex').toUpperCase()}`;
  }
}

function call({ name, args, star, distinct }: Call): string {
  const [only] = name;
  const function_ = name.length === 1 && only !== undefined ? only.toLowerCase() : dotted(name);
  const inner = star ? '*' : args.map(text).join(',');
  return `${function_}(${distinct ? 'distinct ' : ''}${inner})`;
}

function dotted(name: Name): string {
  return name.map(bracketed).join('.');
}

function typeText({ name, size, scale }: TypeName): string {
  const length =
    size === null
      ? ''
      : scale === null
        ? `(${String(size)})`
        : `(${String(size)},${String(scale)})`;
  return `${dotted(name)}${length}`;
}

function predicate(c: Condition): string {
  switch (c.kind) {
    case 'and':
      return `${side(c.left)} AND ${side(c.right)}`;
    case 'or':
      return `${predicate(c.left)} OR ${predicate(c.right)}`;
    case 'not':
      return `NOT ${side(c.operand)}`;
    case 'compare':
      return `${text(c.left)}${c.op}${text(c.right)}`;
    case 'isNull':
      return `${text(c.operand)} IS ${c.negated ? 'NOT ' : ''}NULL`;
    case 'between': {
      const inside = `${text(c.operand)}>=${text(c.low)} AND ${text(c.operand)}<=${text(c.high)}`;
      return c.negated ? `NOT (${inside})` : inside;
    }
    case 'like': {
      const escape = c.escape === null ? '' : ` escape ${text(c.escape)}`;
      return `${c.negated ? 'NOT ' : ''}${text(c.operand)} like ${text(c.pattern)}${escape}`;
    }
    case 'inList': {
      const each = [...c.list].reverse().map((value) => `${text(c.operand)}=${text(value)}`);
      return c.negated ? `NOT (${each.join(' OR ')})` : each.join(' OR ');
    }
    case 'inQuery':
    case 'exists':
    case 'quantified':
      throw notModelled('a subquery in a definition');
  }
}

/** AND binds before OR: an OR below it keeps its parentheses. */
function side(c: Condition): string {
  const loose = c.kind === 'or' || (c.kind === 'inList' && c.list.length > 1);
  return loose ? `(${predicate(c)})` : predicate(c);
}
