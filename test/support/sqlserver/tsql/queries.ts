import type { AssignOp, Cte, OrderItem, Query, QueryBody, Select, SelectItem, Top } from './ast.js';
import { Sources } from './sources.js';

const ASSIGN_OPS = ['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^='] as const;

const REFUSED_GROUPINGS = ['GROUPING', 'ROLLUP', 'CUBE'] as const;

/** SELECT. */
export class Queries extends Sources {
  /** A query without WITH, as it may stand inside an expression. */
  query(): Query {
    return this.queryAfter([]);
  }

  queryAfter(ctes: readonly Cte[]): Query {
    const body = this.body();
    const orderBy = this.orderBy();
    const { offset, fetch } = this.page();
    if (this.is('FOR', 'XML') || this.is('FOR', 'JSON') || this.is('FOR', 'BROWSE')) {
      this.refuse(`FOR ${this.peek(1).key}`);
    }
    return { with: ctes, body, orderBy, offset, fetch, options: this.queryOptions() };
  }

  /** Common table expressions after WITH. */
  ctes(): Cte[] {
    return this.list(() => {
      const name = this.identifier();
      const columns = this.is('(') ? this.names() : null;
      this.expect('AS');
      return { name, columns, query: this.bracketed(() => this.query()) };
    });
  }

  queryOptions(): string[] {
    if (!this.take('OPTION')) return [];
    return this.bracketed(() => this.list(() => this.queryOption()));
  }

  top(): Top | null {
    if (!this.take('TOP')) return null;
    const count = this.is('(') ? this.bracketed(() => this.expression()) : this.bareTop();
    const percent = this.take('PERCENT');
    return { count, percent, withTies: this.take('WITH', 'TIES') };
  }

  selectItems(): SelectItem[] {
    return this.list(() => this.selectItem());
  }

  assignOp(): AssignOp {
    return this.expectAny(...ASSIGN_OPS);
  }

  private queryOption(): string {
    const words: string[] = [];
    while (!this.isAny(',', ')')) {
      if (this.ended || this.is('(')) this.refuse('this query option');
      const token = this.next();
      words.push(token.key === '' ? token.text : token.key);
    }
    return words.join(' ');
  }

  private orderBy(): OrderItem[] {
    return this.take('ORDER', 'BY') ? this.list(() => this.orderItem()) : [];
  }

  private page(): Pick<Query, 'offset' | 'fetch'> {
    if (!this.take('OFFSET')) return { offset: null, fetch: null };
    const offset = this.expression();
    this.expectAny('ROW', 'ROWS');
    if (!this.take('FETCH')) return { offset, fetch: null };
    this.expectAny('FIRST', 'NEXT');
    const fetch = this.expression();
    this.expectAny('ROW', 'ROWS');
    this.expect('ONLY');
    return { offset, fetch };
  }

  private body(): QueryBody {
    let left = this.intersection();
    for (;;) {
      const op = this.takeAny('UNION', 'EXCEPT');
      if (op === null) return left;
      const all = op === 'UNION' && this.take('ALL');
      const kind = op === 'EXCEPT' ? 'except' : all ? 'unionAll' : 'union';
      left = { kind: 'setOperation', op: kind, left, right: this.intersection() };
    }
  }

  private intersection(): QueryBody {
    let left = this.queryTerm();
    while (this.take('INTERSECT')) {
      left = { kind: 'setOperation', op: 'intersect', left, right: this.queryTerm() };
    }
    return left;
  }

  private queryTerm(): QueryBody {
    return this.is('(') ? this.bracketed(() => this.body()) : this.select();
  }

  private select(): Select {
    this.expect('SELECT');
    const distinct = this.takeAny('DISTINCT', 'ALL') === 'DISTINCT';
    const top = this.top();
    const items = this.selectItems();
    const into = this.take('INTO') ? this.name() : null;
    const from = this.from();
    const where = this.take('WHERE') ? this.condition() : null;
    const groupBy = this.take('GROUP', 'BY') ? this.grouping() : [];
    const having = this.take('HAVING') ? this.condition() : null;
    return { kind: 'select', distinct, top, items, into, from, where, groupBy, having };
  }

  private grouping(): Select['groupBy'] {
    const refused = REFUSED_GROUPINGS.find((key) => this.is(key));
    if (refused !== undefined) this.refuse(refused);
    const items = this.list(() => this.expression());
    if (this.is('WITH', 'ROLLUP') || this.is('WITH', 'CUBE')) this.refuse('WITH ROLLUP and CUBE');
    return items;
  }

  /** TOP without brackets takes a literal only. */
  private bareTop(): Top['count'] {
    const { kind } = this.peek();
    return kind === 'number' || kind === 'variable' ? this.constant() : this.fail();
  }

  private selectItem(): SelectItem {
    const star = this.star();
    if (star !== null) return star;
    const second = this.peek(1).key;
    if (this.peek().kind === 'variable' && ASSIGN_OPS.some((op) => op === second)) {
      const variable = this.variable();
      return { kind: 'assign', variable, op: this.assignOp(), value: this.expression() };
    }
    if ((this.isIdentifier() || this.peek().kind === 'string') && second === '=') {
      const alias = this.next().text;
      this.expect('=');
      return { kind: 'item', expression: this.expression(), alias };
    }
    const expression = this.expression();
    return { kind: 'item', expression, alias: this.columnAlias() };
  }

  private columnAlias(): string | null {
    const said = this.take('AS');
    if (this.peek().kind === 'string') return this.string();
    return said || this.isIdentifier() ? this.identifier() : null;
  }

  /** `*`, `t.*`, `s.t.*`. */
  private star(): SelectItem | null {
    if (this.take('*')) return { kind: 'star', qualifier: [] };
    let parts = 0;
    while (this.isIdentifier(parts * 2) && this.peek(parts * 2 + 1).key === '.') parts++;
    if (parts === 0 || this.peek(parts * 2).key !== '*') return null;
    const qualifier: string[] = [];
    for (let i = 0; i < parts; i++) {
      qualifier.push(this.identifier());
      this.expect('.');
    }
    this.expect('*');
    return { kind: 'star', qualifier };
  }
}
