/**
 * The texts of 2627, 2601 and 1505 ("Database engine events and errors"), which end with the values
 * of the row. In another language than English, and with an apostrophe in a name, nothing is found: a part
 * of a value must not be taken for a name.
 */
const TEXTS = [
  /^Violation of (?:PRIMARY|UNIQUE) KEY constraint '([^']+)'\. Cannot insert duplicate key in object '[^']+'\. /,
  /^Cannot insert duplicate key row in object '[^']+' with unique index '([^']+)'\. /,
  /^The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '[^']+' and the index name '([^']+)'\. /,
];

/** The unique key or index that refused a row; null where the text does not tell for sure. */
export function duplicateIndex(text: string): string | null {
  for (const pattern of TEXTS) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return `the unique index "${name}"`;
  }
  return null;
}
