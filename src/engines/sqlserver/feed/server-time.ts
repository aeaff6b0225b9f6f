/** A time of the server in UTC, as style 126 writes it. */
export function parseTime(text: string): Date {
  return new Date(`${text}Z`);
}
