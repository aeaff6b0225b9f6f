/** The schema's times are UTC without saying so; the driver would cut their digits. */
export function timeText(column: string, name: string): string {
  return `convert(varchar(33), ${column}, 126) as ${name}`;
}

export function toDate(text: string): Date {
  return new Date(`${text}Z`);
}

export function toDateOrNull(text: string | null): Date | null {
  return text === null ? null : toDate(text);
}

/** For a parameter of type datetime2. */
export function timeParam(time: Date | null): string | null {
  return time === null ? null : time.toISOString().replace('T', ' ').replace('Z', '');
}
