const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const LITERAL = /^N?'(?:[^']|'')*'$/i;
const BYTES = /^0x[0-9a-f]*$/i;

/**
 * Whether a default, as the server prints it, gives the same value at every time: then a column can
 * be added on its own. No default counts as one; what cannot be told counts as not.
 */
export function isConstant(definition: string | null): boolean {
  if (definition === null) return true;
  const bare = withoutParentheses(definition.trim());
  return [NUMBER, LITERAL, BYTES, /^null$/i].some((form) => form.test(bare));
}

/** `((0))` is how the server prints 0. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  return withoutParentheses(text.slice(1, -1).trim());
}
