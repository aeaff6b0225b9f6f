import { quoteIdent, quoteLiteral } from '../sql/quote.js';

/** Storage parameters (name=value, as the catalogue keeps them) as a list for WITH or SET. */
export function optionList(options: readonly string[], namespace?: string): string[] {
  return options.map((option) => {
    const at = option.indexOf('=');
    const name = at < 0 ? option : option.slice(0, at);
    const value = at < 0 ? 'true' : option.slice(at + 1);
    const prefix = namespace === undefined ? '' : `${namespace}.`;
    return `${prefix}${quoteIdent(name)}=${quoteLiteral(value)}`;
  });
}

export function withClause(list: readonly string[]): string {
  return list.length === 0 ? '' : ` WITH (${list.join(', ')})`;
}
