import { z } from 'zod';

/** A length of time as the config writes it: a whole number and a unit. */
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** A length of time as the code reads it. */
export type Milliseconds = number;

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

export const DURATION_PATTERN_TEXT = PATTERN.source;

/** Milliseconds of `30s`, `5m`, `1h`, `7d` or `250ms`; undefined when the text is no duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** The shortest text that parses back to the same number: 300000 is `5m`. */
export function formatDuration(milliseconds: Milliseconds): DurationText {
  const units = ['d', 'h', 'm', 's'] as const;
  const unit = units.find((name) => milliseconds > 0 && milliseconds % UNITS[name] === 0) ?? 'ms';
  return `${milliseconds / UNITS[unit]}${unit}`;
}

function refuse(input: unknown): string {
  return typeof input === 'number'
    ? 'is a bare number, and its unit would be a guess; write it with one: 30s, 5m, 1h or 7d'
    : 'is not a duration; write a whole number and a unit: 30s, 5m, 1h or 7d';
}

/** A duration key; parses to milliseconds. `minimum` keeps a typing slip from becoming a busy loop. */
export function duration(
  minimum: DurationText = '1ms',
): z.ZodPipe<z.ZodString, z.ZodTransform<Milliseconds, string>> {
  const floor = parseDuration(minimum) ?? 0;
  return z
    .string({ error: (issue) => refuse(issue.input) })
    .regex(PATTERN, { error: (issue) => refuse(issue.input), abort: true })
    .refine((text) => (parseDuration(text) ?? floor) >= floor, {
      error: `is too short; write ${minimum} or more`,
    })
    .transform((text): Milliseconds => parseDuration(text) ?? floor);
}
