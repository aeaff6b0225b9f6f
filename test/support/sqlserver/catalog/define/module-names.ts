/**
 * The names in the text of a module. Needed by test/conformance/sqlserver/catalogue-meaning: "are
 * found by what they use".
 */
import type { Name } from '../../tsql/ast.js';
import { tokenize } from '../../tsql/lexer.js';
import type { Token } from '../../tsql/lexer.js';
import { isReserved } from '../../tsql/reserved.js';

/** Everything in a text that may be the name of an object: runs of names and dots. */
export function namesIn(text: string): Name[] {
  const tokens = tokenize(text);
  const names: string[][] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    if (!isName(tokens[at])) continue;
    const parts = [tokens[at]?.text ?? ''];
    while (tokens[at + 1]?.key === '.' && isName(tokens[at + 2])) {
      at += 2;
      parts.push(tokens[at]?.text ?? '');
    }
    if (parts.length <= 3) names.push(parts);
  }
  return names;
}

function isName(token: Token | undefined): boolean {
  return token?.kind === 'quoted' || (token?.kind === 'word' && !isReserved(token.key));
}
