import type {
  Call,
  Case,
  Expression,
  Frame,
  FrameBound,
  Name,
  OrderItem,
  TypeName,
  Window,
} from './ast.js';
import { Expressions } from './expressions.js';
import { readTypeName } from './type-names.js';

const WITHOUT_BRACKETS: ReadonlySet<string> = new Set([
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'SESSION_USER',
  'SYSTEM_USER',
  'USER',
]);
/** Reserved words that are functions when a bracket follows. */
const KEYWORD_FUNCTIONS: ReadonlySet<string> = new Set([
  'LEFT',
  'RIGHT',
  'COALESCE',
  'NULLIF',
  'UPDATE',
]);
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set([
  'CONTAINS',
  'FREETEXT',
  'IDENTITY',
  'PARSE',
  'TRY_PARSE',
]);

/** What an expression is made of: literals, names, calls, CASE, CAST. */
export abstract class Primaries extends Expressions {
  typeName(): TypeName {
    return readTypeName(this);
  }

  /** In VALUES, SET and EXEC the word DEFAULT may stand for a value. */
  valueOrDefault(): Expression {
    return this.take('DEFAULT') ? { kind: 'default' } : this.expression();
  }

  orderItem(): OrderItem {
    const expression = this.expression();
    const descending = this.takeAny('ASC', 'DESC') === 'DESC';
    return { expression, descending };
  }

  /** A literal or variable, with its sign. */
  constant(): Expression {
    const op = this.takeAny('+', '-');
    const value = this.literal() ?? this.fail();
    return op === null ? value : { kind: 'unary', op, operand: value };
  }

  protected primary(): Expression {
    const literal = this.literal();
    if (literal !== null) return literal;
    const { kind, key } = this.peek();
    if (kind === 'word') {
      const special = this.special(key);
      if (special !== null) return special;
    }
    if (this.is('{')) this.refuse('ODBC escape sequences');
    return this.nameOrCall();
  }

  private literal(): Expression | null {
    const token = this.peek();
    switch (token.kind) {
      case 'string':
        this.next();
        return { kind: 'string', value: token.text, unicode: token.unicode };
      case 'number':
        this.next();
        return { kind: 'number', type: numberType(token.text), text: token.text };
      case 'binary':
        this.next();
        return { kind: 'binary', value: bytes(token.text) };
      case 'variable':
        this.next();
        return { kind: 'variable', name: token.text };
      case 'global':
        this.next();
        return { kind: 'global', name: token.text.toUpperCase() };
      case 'word':
        return this.take('NULL') ? { kind: 'null' } : null;
      case 'quoted':
      case 'symbol':
      case 'end':
        return null;
    }
  }

  private special(key: string): Expression | null {
    if (key === 'CASE') return this.case();
    if (this.take('NEXT', 'VALUE', 'FOR')) return { kind: 'nextValue', sequence: this.name() };
    if (key === '$PARTITION') return this.partitionNumber(null);
    if (WITHOUT_BRACKETS.has(key) && this.peek(1).key !== '(') {
      return call([this.next().text], []);
    }
    if (this.peek(1).key !== '(') return null;
    if (REFUSED_FUNCTIONS.has(key)) this.refuse(key);
    if (KEYWORD_FUNCTIONS.has(key)) return this.callOf([this.next().text]);
    return this.castOrConvert(key);
  }

  private castOrConvert(key: string): Expression | null {
    switch (key) {
      case 'CAST':
      case 'TRY_CAST':
        this.next();
        return this.bracketed((): Expression => {
          const operand = this.expression();
          this.expect('AS');
          return { kind: 'cast', operand, type: this.typeName(), try: key === 'TRY_CAST' };
        });
      case 'CONVERT':
      case 'TRY_CONVERT':
        this.next();
        return this.bracketed((): Expression => {
          const type = this.typeName();
          this.expect(',');
          const operand = this.expression();
          const style = this.take(',') ? this.expression() : null;
          return { kind: 'convert', operand, type, style, try: key === 'TRY_CONVERT' };
        });
      case 'IIF':
        this.next();
        return this.bracketed((): Expression => {
          const when = this.condition();
          this.expect(',');
          const then = this.expression();
          this.expect(',');
          return { kind: 'iif', when, then, else: this.expression() };
        });
      default:
        return null;
    }
  }

  private case(): Case {
    this.expect('CASE');
    if (this.is('WHEN')) {
      const whens = this.whens(() => this.condition());
      return { kind: 'searchedCase', whens, else: this.caseElse() };
    }
    const operand = this.expression();
    const whens = this.whens(() => this.expression());
    return { kind: 'simpleCase', operand, whens, else: this.caseElse() };
  }

  private whens<W>(test: () => W): { when: W; then: Expression }[] {
    const whens: { when: W; then: Expression }[] = [];
    while (this.take('WHEN')) {
      const when = test();
      this.expect('THEN');
      whens.push({ when, then: this.expression() });
    }
    return whens.length === 0 ? this.fail() : whens;
  }

  private caseElse(): Expression | null {
    const otherwise = this.take('ELSE') ? this.expression() : null;
    this.expect('END');
    return otherwise;
  }

  private partitionNumber(database: string | null): Expression {
    this.expect('$PARTITION', '.');
    const name = this.identifier();
    const value = this.bracketed(() => this.expression());
    return { kind: 'partitionNumber', database, function: name, value };
  }

  private nameOrCall(): Expression {
    if (this.isIdentifier() && this.peek(1).key === '.' && this.peek(2).key === '$PARTITION') {
      const database = this.identifier();
      this.expect('.');
      return this.partitionNumber(database);
    }
    const name = this.name();
    if (this.take('::')) {
      const method = this.identifier();
      return { kind: 'staticCall', type: name.at(-1) ?? '', method, args: this.args() };
    }
    return this.is('(') ? this.callOf(name) : { kind: 'column', name };
  }

  args(): Expression[] {
    return this.bracketed(() => (this.is(')') ? [] : this.list(() => this.valueOrDefault())));
  }

  private callOf(name: Name): Call {
    this.expect('(');
    const star = this.take('*');
    const distinct = !star && this.takeAny('DISTINCT', 'ALL') === 'DISTINCT';
    const args = star || this.is(')') ? [] : this.list(() => this.valueOrDefault());
    this.expect(')');
    if (this.is('WITHIN', 'GROUP')) this.refuse('WITHIN GROUP');
    if (this.isAny('IGNORE', 'RESPECT') && this.peek(1).key === 'NULLS')
      this.refuse('IGNORE NULLS');
    const over = this.take('OVER') ? this.window() : null;
    return { kind: 'call', name, args, star, distinct, over };
  }

  private window(): Window {
    return this.bracketed(() => {
      const partitionBy = this.take('PARTITION', 'BY') ? this.list(() => this.expression()) : [];
      const orderBy = this.take('ORDER', 'BY') ? this.list(() => this.orderItem()) : [];
      const unit = this.takeAny('ROWS', 'RANGE');
      const frame = unit === null ? null : this.frame(unit === 'ROWS' ? 'rows' : 'range');
      return { partitionBy, orderBy, frame };
    });
  }

  private frame(unit: Frame['unit']): Frame {
    if (!this.take('BETWEEN')) return { unit, start: this.frameBound(), end: null };
    const start = this.frameBound();
    this.expect('AND');
    return { unit, start, end: this.frameBound() };
  }

  private frameBound(): FrameBound {
    if (this.take('CURRENT', 'ROW')) return { kind: 'currentRow' };
    const unbounded = this.take('UNBOUNDED');
    const rows = unbounded ? null : this.expression();
    const side = this.expectAny('PRECEDING', 'FOLLOWING');
    if (rows !== null) return { kind: side === 'PRECEDING' ? 'preceding' : 'following', rows };
    return { kind: side === 'PRECEDING' ? 'unboundedPreceding' : 'unboundedFollowing' };
  }
}

function call(name: Name, args: readonly Expression[]): Call {
  return { kind: 'call', name, args, star: false, distinct: false, over: null };
}

function numberType(text: string): 'integer' | 'decimal' | 'float' | 'money' {
  if (text.startsWith('$')) return 'money';
  if (/e/i.test(text)) return 'float';
  return text.includes('.') ? 'decimal' : 'integer';
}

/** An odd number of digits has a zero in front. */
function bytes(text: string): Buffer {
  const digits = text.slice(2);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}
