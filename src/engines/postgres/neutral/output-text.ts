/**
 * A value of any type as its output function writes it, which is what pgoutput sends: a cast may
 * write something else (`'10.0.0.1'::inet::text` is `10.0.0.1/32`). `IS NULL` would also be true of
 * a row of NULLs (PostgreSQL documentation, "Comparison Functions and Operators", "String Functions
 * and Operators": format).
 *
 * @param value a quoted column
 */
export function outputText(value: string): string {
  return `case num_nulls(${value}) when 0 then format('%s', ${value}) end`;
}
