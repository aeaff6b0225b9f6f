import type { Name, OpenJsonColumn, Query, TableHint, TableSource } from './ast.js';
import { Primaries } from './primaries.js';

const HINTS: ReadonlySet<string> = new Set([
  'FORCESEEK',
  'FORCESCAN',
  'HOLDLOCK',
  'NOLOCK',
  'NOWAIT',
  'PAGLOCK',
  'READCOMMITTED',
  'READCOMMITTEDLOCK',
  'READPAST',
  'READUNCOMMITTED',
  'REPEATABLEREAD',
  'ROWLOCK',
  'SERIALIZABLE',
  'SNAPSHOT',
  'TABLOCK',
  'TABLOCKX',
  'UPDLOCK',
  'XLOCK',
]);
/** Words in front of JOIN that only advise the optimiser. */
const JOIN_HINTS = ['LOOP', 'HASH', 'MERGE'] as const;
const AFTER_TABLE = ['TABLESAMPLE', 'PIVOT', 'UNPIVOT'] as const;
const REFUSED_SOURCES: ReadonlySet<string> = new Set([
  'OPENROWSET',
  'OPENQUERY',
  'OPENDATASOURCE',
  'OPENXML',
  'CONTAINSTABLE',
  'FREETEXTTABLE',
]);

interface Alias {
  readonly alias: string | null;
  readonly columns: readonly string[] | null;
}

/** What stands in FROM. */
export abstract class Sources extends Primaries {
  from(): TableSource[] {
    return this.take('FROM') ? this.list(() => this.joined()) : [];
  }

  hints(): TableHint[] {
    if (!this.take('WITH')) return [];
    return this.bracketed(() => {
      const hints = [this.hint()];
      while (!this.is(')')) {
        this.take(',');
        hints.push(this.hint());
      }
      return hints;
    });
  }

  private hint(): TableHint {
    const name = this.word();
    if (name === 'INDEX') {
      const one = () => (this.isIdentifier() ? this.identifier() : this.integer());
      const args = this.take('=') ? [one()] : this.bracketed(() => this.list(one));
      return { name, args };
    }
    if (!HINTS.has(name)) this.refuse(`the table hint ${name}`);
    return { name, args: [] };
  }

  private joined(): TableSource {
    let left = this.source();
    for (;;) {
      const next = this.join(left);
      if (next === null) return left;
      left = next;
    }
  }

  private join(left: TableSource): TableSource | null {
    if (this.take('CROSS', 'JOIN')) {
      return { kind: 'join', type: 'cross', left, right: this.source(), on: null };
    }
    if (this.take('CROSS', 'APPLY')) {
      return { kind: 'apply', outer: false, left, right: this.source() };
    }
    if (this.take('OUTER', 'APPLY')) {
      return { kind: 'apply', outer: true, left, right: this.source() };
    }
    const side = this.takeAny('INNER', 'LEFT', 'RIGHT', 'FULL');
    if (side === null && !this.is('JOIN')) return null;
    if (side !== null && side !== 'INNER') this.take('OUTER');
    if (side !== null) this.takeAny(...JOIN_HINTS);
    this.expect('JOIN');
    return this.conditional(left, side ?? 'INNER');
  }

  /** `a JOIN b JOIN c ON … ON …` nests to the right. */
  private conditional(left: TableSource, side: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'): TableSource {
    let right = this.source();
    while (!this.is('ON')) right = this.join(right) ?? this.fail();
    this.expect('ON');
    const type = ({ INNER: 'inner', LEFT: 'left', RIGHT: 'right', FULL: 'full' } as const)[side];
    return { kind: 'join', type, left, right, on: this.condition() };
  }

  private source(): TableSource {
    const source = this.plainSource();
    const refused = AFTER_TABLE.find((key) => this.is(key));
    if (refused !== undefined) this.refuse(refused);
    return source;
  }

  private plainSource(): TableSource {
    if (this.is('(')) return this.bracketSource();
    const { kind, key } = this.peek();
    if (kind === 'variable') {
      const name = this.variable();
      return { kind: 'tableVariable', name, alias: this.alias().alias };
    }
    if (REFUSED_SOURCES.has(key)) this.refuse(key);
    if (this.take('CHANGETABLE')) return this.changeTable();
    if (this.take('OPENJSON')) return this.openJson();
    if (this.take('::')) this.refuse('functions called with ::');
    const name = this.name();
    return this.is('(') ? this.tableFunction(name) : this.table(name);
  }

  private table(name: Name): TableSource {
    if (this.is('FOR', 'SYSTEM_TIME')) this.refuse('FOR SYSTEM_TIME');
    const early = this.is('WITH', '(') ? this.hints() : [];
    const { alias, columns } = this.alias();
    if (columns !== null) this.refuse('names for the columns of a table');
    const late = this.is('WITH', '(') ? this.hints() : [];
    return { kind: 'table', name, alias, hints: [...early, ...late] };
  }

  private tableFunction(name: Name): TableSource {
    const args = this.args();
    return { kind: 'function', name, args, ...this.alias() };
  }

  private bracketSource(): TableSource {
    this.expect('(');
    if (this.is('SELECT')) return this.derived(this.query());
    if (this.take('VALUES')) return this.values(this.rows());
    const inner = this.joined();
    this.expect(')');
    return inner;
  }

  private derived(query: Query): TableSource {
    this.expect(')');
    const { alias, columns } = this.alias();
    return { kind: 'derived', query, alias: alias ?? this.fail(), columns };
  }

  private values(rows: TableSourceRows): TableSource {
    this.expect(')');
    const { alias, columns } = this.alias();
    return { kind: 'values', rows, alias: alias ?? this.fail(), columns: columns ?? this.fail() };
  }

  rows(): TableSourceRows {
    return this.list(() => this.bracketed(() => this.list(() => this.valueOrDefault())));
  }

  private changeTable(): TableSource {
    this.expect('(');
    if (this.take('VERSION')) return this.changeVersion();
    this.expect('CHANGES');
    const table = this.name();
    this.expect(',');
    const since = this.expression();
    this.expect(')');
    const { alias, columns } = this.alias();
    return { kind: 'changes', table, since, alias: alias ?? this.fail(), columns };
  }

  private changeVersion(): TableSource {
    const table = this.name();
    this.expect(',');
    const keyColumns = this.names();
    this.expect(',');
    const keyValues = this.bracketed(() => this.list(() => this.expression()));
    this.expect(')');
    const { alias, columns } = this.alias();
    return {
      kind: 'changeVersion',
      table,
      keyColumns,
      keyValues,
      alias: alias ?? this.fail(),
      columns,
    };
  }

  private openJson(): TableSource {
    this.expect('(');
    const json = this.expression();
    const path = this.take(',') ? this.expression() : null;
    this.expect(')');
    const columns = this.take('WITH')
      ? this.bracketed(() => this.list(() => this.openJsonColumn()))
      : null;
    return { kind: 'openJson', json, path, columns, alias: this.alias().alias };
  }

  private openJsonColumn(): OpenJsonColumn {
    const name = this.identifier();
    const type = this.typeName();
    const path = this.peek().kind === 'string' ? this.string() : null;
    return { name, type, path, asJson: this.take('AS', 'JSON') };
  }

  /** `[AS] alias [(column, …)]`. */
  private alias(): Alias {
    const said = this.take('AS');
    if (!said && !this.isIdentifier()) return { alias: null, columns: null };
    const alias = this.identifier();
    return { alias, columns: this.is('(') ? this.names() : null };
  }
}

type TableSourceRows = Extract<TableSource, { kind: 'values' }>['rows'];
