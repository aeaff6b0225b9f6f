import { SqlError } from '../backend.js';

export type TokenKind =
  | 'word' // unquoted: keyword or name, also #temp and $PARTITION
  | 'quoted' // [name] or "name"
  | 'string'
  | 'number'
  | 'binary'
  | 'variable'
  | 'global'
  | 'symbol'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** What it stands for: a name or string without its quotes, everything else as written. */
  readonly text: string;
  /** Upper case for words and symbols, empty for the rest: what keywords are compared with. */
  readonly key: string;
  /** N'…' */
  readonly unicode: boolean;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

const SPACE = /[\s\u0000-\u0020\uFEFF]+/y;
const LINE_COMMENT = /--[^\n]*/y;
const WORD = /[\p{L}_#$][\p{L}\p{Nd}\p{M}_@#$]*/uy;
const VARIABLE = /@@?[\p{L}\p{Nd}_@#$]*/uy;
const BINARY = /0[xX][0-9a-fA-F]*/y;
const MONEY = /\$\d+(\.\d*)?|\$\.\d+/y;
const NUMBER = /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d*)?/y;
const SYMBOL = /<=|>=|<>|!=|!<|!>|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|::|[-+*/%&|^~=<>().,;:{}]/y;

const MAX_NAME = 128;

/** Cuts a batch into tokens; comments nest, as in SQL Server. Ends with one token of kind `end`. */
export function tokenize(text: string): Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = lexer.next();
    tokens.push(token);
    if (token.kind === 'end') return tokens;
  }
}

class Lexer {
  private at = 0;
  private line = 1;

  constructor(private readonly text: string) {}

  next(): Token {
    this.skipBlank();
    const c = this.text[this.at];
    if (c === undefined) return this.token('end', this.at, '');
    if (c === "'") return this.delimited('string', 1, "'");
    if ((c === 'N' || c === 'n') && this.text[this.at + 1] === "'") {
      return this.delimited('string', 2, "'");
    }
    if (c === '[') return this.delimited('quoted', 1, ']');
    if (c === '"') return this.delimited('quoted', 1, '"');
    return this.plain();
  }

  private plain(): Token {
    const start = this.at;
    const kinds: readonly (readonly [TokenKind, RegExp])[] = [
      ['binary', BINARY],
      ['number', MONEY],
      ['number', NUMBER],
      ['word', WORD],
      ['variable', VARIABLE],
      ['symbol', SYMBOL],
    ];
    for (const [kind, pattern] of kinds) {
      const match = this.match(pattern);
      if (match === null) continue;
      if (kind === 'word') this.checkLength(match);
      return this.token(match.startsWith('@@') ? 'global' : kind, start, match);
    }
    throw new SqlError(102, `Incorrect syntax near '${[...this.text.slice(start)][0] ?? ''}'.`, {
      level: 15,
      line: this.line,
    });
  }

  private skipBlank(): void {
    for (;;) {
      if (this.match(SPACE) !== null || this.match(LINE_COMMENT) !== null) continue;
      if (!this.text.startsWith('/*', this.at)) return;
      this.skipComment();
    }
  }

  private skipComment(): void {
    const marks = /\/\*|\*\//g;
    marks.lastIndex = this.at;
    for (let depth = 0; ;) {
      const mark = marks.exec(this.text);
      if (mark === null) {
        throw new SqlError(113, "Missing end comment mark '*/'.", { level: 15, line: this.line });
      }
      depth += mark[0] === '/*' ? 1 : -1;
      if (depth === 0) break;
    }
    this.advance(marks.lastIndex);
  }

  /** A string or quoted name; its end mark stands doubled inside it. */
  private delimited(kind: 'string' | 'quoted', prefix: number, mark: string): Token {
    const start = this.at;
    const line = this.line;
    let value = '';
    let from = start + prefix;
    for (;;) {
      const end = this.text.indexOf(mark, from);
      if (end < 0) throw unclosed(this.text.slice(start + prefix), line);
      value += this.text.slice(from, end);
      if (this.text[end + 1] !== mark) {
        this.advance(end + 1);
        break;
      }
      value += mark;
      from = end + 2;
    }
    if (kind === 'quoted') this.checkLength(value);
    return {
      kind,
      text: value,
      key: '',
      unicode: kind === 'string' && prefix === 2,
      start,
      end: this.at,
      line,
    };
  }

  private checkLength(name: string): void {
    if (name.length <= MAX_NAME) return;
    throw new SqlError(
      103,
      `The identifier that starts with '${name.slice(0, MAX_NAME)}' is too long. Maximum length is ${String(MAX_NAME)}.`,
      { level: 15, line: this.line },
    );
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.advance(pattern.lastIndex);
    return found[0];
  }

  private advance(to: number): void {
    for (let i = this.text.indexOf('\n', this.at); i >= 0 && i < to;) {
      this.line++;
      i = this.text.indexOf('\n', i + 1);
    }
    this.at = to;
  }

  private token(kind: TokenKind, start: number, text: string): Token {
    const key = kind === 'word' || kind === 'symbol' ? text.toUpperCase() : '';
    return { kind, text, key, unicode: false, start, end: this.at, line: this.line };
  }
}

function unclosed(rest: string, line: number): SqlError {
  return new SqlError(
    105,
    `Unclosed quotation mark after the character string '${rest.slice(0, MAX_NAME)}'.`,
    { level: 15, line },
  );
}
