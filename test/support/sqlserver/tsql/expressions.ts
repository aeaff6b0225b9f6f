import { SqlError } from '../backend.js';
import type { CompareOp, Condition, Expression, Query } from './ast.js';
import { Cursor } from './cursor.js';

type Node = Expression | Condition;

const CONDITIONS: ReadonlySet<string> = new Set<Condition['kind']>([
  'and',
  'or',
  'not',
  'compare',
  'isNull',
  'between',
  'like',
  'inList',
  'inQuery',
  'exists',
  'quantified',
]);

const COMPARISONS: ReadonlyMap<string, CompareOp> = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['!>', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['!<', '>='],
]);

/**
 * Expressions and conditions, by precedence climbing. A bracket may hold either, so one descent
 * reads both and the caller says which of them it can take.
 */
export abstract class Expressions extends Cursor {
  abstract query(): Query;
  protected abstract primary(): Expression;

  expression(): Expression {
    const node = this.or();
    return isCondition(node) ? this.fail() : node;
  }

  condition(): Condition {
    return this.asCondition(this.or());
  }

  private or(): Node {
    let node = this.and();
    while (this.take('OR')) {
      const left = this.asCondition(node);
      node = { kind: 'or', left, right: this.asCondition(this.and()) };
    }
    return node;
  }

  private and(): Node {
    let node = this.not();
    while (this.take('AND')) {
      const left = this.asCondition(node);
      node = { kind: 'and', left, right: this.asCondition(this.not()) };
    }
    return node;
  }

  private not(): Node {
    if (!this.take('NOT')) return this.predicate();
    return { kind: 'not', operand: this.asCondition(this.not()) };
  }

  private predicate(): Node {
    if (this.take('EXISTS')) return { kind: 'exists', query: this.bracketed(() => this.query()) };
    const node = this.additive();
    if (isCondition(node)) return node;
    const op = COMPARISONS.get(this.peek().key);
    if (op !== undefined) return this.comparison(node, op);
    if (this.take('IS')) {
      const negated = this.take('NOT');
      if (this.is('DISTINCT')) this.refuse('IS DISTINCT FROM');
      this.expect('NULL');
      return { kind: 'isNull', operand: node, negated };
    }
    const negated = this.is('NOT') && ['BETWEEN', 'LIKE', 'IN'].includes(this.peek(1).key);
    if (negated) this.next();
    return this.rangeOrSet(node, negated);
  }

  private comparison(left: Expression, op: CompareOp): Condition {
    this.next();
    const quantifier = this.takeAny('ALL', 'ANY', 'SOME');
    if (quantifier === null) return { kind: 'compare', op, left, right: this.operand() };
    const query = this.bracketed(() => this.query());
    return {
      kind: 'quantified',
      op,
      quantifier: quantifier === 'ALL' ? 'all' : 'any',
      left,
      query,
    };
  }

  private rangeOrSet(operand: Expression, negated: boolean): Node {
    if (this.take('BETWEEN')) {
      const low = this.operand();
      this.expect('AND');
      return { kind: 'between', operand, low, high: this.operand(), negated };
    }
    if (this.take('LIKE')) {
      const pattern = this.operand();
      const escape = this.take('ESCAPE') ? this.operand() : null;
      return { kind: 'like', operand, pattern, escape, negated };
    }
    if (!this.take('IN')) return operand;
    return this.bracketed((): Condition => {
      if (this.is('SELECT')) return { kind: 'inQuery', operand, query: this.query(), negated };
      return { kind: 'inList', operand, list: this.list(() => this.expression()), negated };
    });
  }

  /** A value without conditions around it. */
  private operand(): Expression {
    const node = this.additive();
    return isCondition(node) ? this.fail() : node;
  }

  private additive(): Node {
    let node = this.multiplicative();
    for (;;) {
      if (isCondition(node)) return node;
      const op = this.takeAny('+', '-', '&', '|', '^');
      if (op === null) return node;
      node = {
        kind: 'arithmetic',
        op,
        left: node,
        right: this.asExpression(this.multiplicative()),
      };
    }
  }

  private multiplicative(): Node {
    let node = this.unary();
    for (;;) {
      if (isCondition(node)) return node;
      const op = this.takeAny('*', '/', '%');
      if (op === null) return node;
      node = { kind: 'arithmetic', op, left: node, right: this.asExpression(this.unary()) };
    }
  }

  private unary(): Node {
    const op = this.takeAny('+', '-', '~');
    if (op !== null) return { kind: 'unary', op, operand: this.asExpression(this.unary()) };
    const node = this.is('(') ? this.bracket() : this.primary();
    return isCondition(node) ? node : this.postfix(node);
  }

  private bracket(): Node {
    return this.bracketed((): Node => {
      if (!this.is('SELECT')) return this.or();
      return { kind: 'subquery', query: this.query() };
    });
  }

  private postfix(node: Expression): Expression {
    if (this.take('COLLATE')) {
      return this.postfix({ kind: 'collate', operand: node, collation: this.identifier() });
    }
    if (!this.take('AT', 'TIME', 'ZONE')) return node;
    const zone = this.asExpression(this.unary());
    return this.postfix({ kind: 'atTimeZone', operand: node, zone });
  }

  private asExpression(node: Node): Expression {
    return isCondition(node) ? this.fail() : node;
  }

  private asCondition(node: Node): Condition {
    if (isCondition(node)) return node;
    const { text, line } = this.peek();
    throw new SqlError(
      4145,
      `An expression of non-boolean type specified in a context where a condition is expected, near '${text}'.`,
      { level: 15, line },
    );
  }
}

function isCondition(node: Node): node is Condition {
  return CONDITIONS.has(node.kind);
}
