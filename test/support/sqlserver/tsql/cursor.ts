import { SqlError } from '../backend.js';
import type { Name } from './ast.js';
import { tokenize, type Token } from './lexer.js';
import { isReserved } from './reserved.js';

/** Number of every refusal of something that SQL Server knows and the stand-in does not. */
export const NOT_MODELLED = 99999;

export function notModelled(what: string, line = 1): SqlError {
  return new SqlError(NOT_MODELLED, `not modelled: ${what}`, { line });
}

/** The tokens of a batch, and what every rule of the grammar asks of them. */
export class Cursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(readonly text: string) {
    this.tokens = tokenize(text);
  }

  peek(offset = 0): Token {
    const token = this.tokens[Math.min(this.at + offset, this.tokens.length - 1)];
    if (token === undefined) throw new Error('a batch ends with a token of kind end');
    return token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Where the last token taken ends. */
  lastEnd(): number {
    return this.tokens[this.at - 1]?.end ?? 0;
  }

  get ended(): boolean {
    return this.peek().kind === 'end';
  }

  /** Whether the next tokens are these words or symbols. */
  is(...keys: readonly string[]): boolean {
    return keys.every((key, i) => this.peek(i).key === key);
  }

  isAny(...keys: readonly string[]): boolean {
    const { key } = this.peek();
    return key !== '' && keys.includes(key);
  }

  take(...keys: readonly string[]): boolean {
    if (!this.is(...keys)) return false;
    this.at += keys.length;
    return true;
  }

  takeAny<K extends string>(...keys: readonly K[]): K | null {
    const found = keys.find((key) => this.is(key));
    if (found !== undefined) this.at++;
    return found ?? null;
  }

  expect(...keys: readonly string[]): void {
    for (const key of keys) if (!this.take(key)) this.fail();
  }

  expectAny<K extends string>(...keys: readonly K[]): K {
    return this.takeAny(...keys) ?? this.fail();
  }

  isIdentifier(offset = 0): boolean {
    const token = this.peek(offset);
    return token.kind === 'quoted' || (token.kind === 'word' && !isReserved(token.key));
  }

  identifier(): string {
    return this.isIdentifier() ? this.next().text : this.fail();
  }

  /** Any word, reserved or not: for options, hints and permissions. In upper case. */
  word(): string {
    return this.peek().kind === 'word' ? this.next().key : this.fail();
  }

  /** `a.b.c`, `a..c`. */
  name(): Name {
    const parts = [this.identifier()];
    while (this.is('.') && parts.length < 4) {
      this.next();
      parts.push(this.is('.') ? '' : this.identifier());
    }
    return parts;
  }

  variable(): string {
    return this.peek().kind === 'variable' ? this.next().text : this.fail();
  }

  string(): string {
    return this.peek().kind === 'string' ? this.next().text : this.fail();
  }

  /** A whole number, with its sign, as written. */
  integer(): string {
    const sign = this.takeAny('+', '-') === '-' ? '-' : '';
    const token = this.peek();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) this.fail();
    return sign + this.next().text;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(',')) items.push(item());
    return items;
  }

  bracketed<T>(inner: () => T): T {
    this.expect('(');
    const value = inner();
    this.expect(')');
    return value;
  }

  names(): string[] {
    return this.bracketed(() => this.list(() => this.identifier()));
  }

  onOff(): boolean {
    return this.expectAny('ON', 'OFF') === 'ON';
  }

  fail(): never {
    const { kind, key, text, line } = this.peek();
    const near =
      kind === 'word' && isReserved(key) ? `the keyword '${text}'` : `'${this.previousOr(text)}'`;
    const number = near.startsWith('the') ? 156 : 102;
    throw new SqlError(number, `Incorrect syntax near ${near}.`, { level: 15, line });
  }

  refuse(what: string): never {
    throw notModelled(what, this.peek().line);
  }

  /** At the end of the text SQL Server names the last token. */
  private previousOr(text: string): string {
    return this.ended ? (this.tokens[this.at - 1]?.text ?? text) : text;
  }
}
