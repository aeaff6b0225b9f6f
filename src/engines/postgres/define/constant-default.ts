/** A literal or a number, perhaps with a cast: the same for every row and at every time. */
const TYPE_NAME = String.raw`(?:::[\w ."()[\],]+)*`;
const NUMBER = new RegExp(String.raw`^\(?-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\)?${TYPE_NAME}$`, 'i');
const LITERAL = new RegExp(String.raw`^'(?:[^']|'')*'${TYPE_NAME}$`);
const WORD = new RegExp(String.raw`^(?:true|false|null)${TYPE_NAME}$`, 'i');
/** The server computes these again for each row, whatever they look like. */
const READ_LATER = /::\s*reg\w+/i;

/**
 * Whether a default, as the server prints it, gives the same value on every server: then a column
 * can be added on its own. No default counts as one; what cannot be told counts as not.
 */
export function isConstant(defaultText: string | null): boolean {
  if (defaultText === null) return true;
  if (READ_LATER.test(defaultText)) return false;
  return [NUMBER, LITERAL, WORD].some((pattern) => pattern.test(defaultText));
}
