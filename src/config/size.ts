import { z } from 'zod';

/** An amount of bytes as the config writes it; 1KB is 1,024 bytes, as database servers count. */
export type SizeText = `${number}${'B' | 'KB' | 'MB' | 'GB' | 'TB'}`;

/** An amount of bytes as the code reads it. */
export type Bytes = number;

const UNITS = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;
const PATTERN = /^(\d{1,12})(B|KB|MB|GB|TB)$/;

export const SIZE_PATTERN_TEXT = PATTERN.source;

/** Bytes of `10GB`, `512MB`, `64KB`, `1TB` or `100B`; undefined when the text is no size. */
export function parseSize(text: string): Bytes | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that parses back to the same number: 10737418240 is `10GB`. */
export function formatSize(bytes: Bytes): SizeText {
  const units = ['TB', 'GB', 'MB', 'KB'] as const;
  const unit = units.find((name) => bytes > 0 && bytes % UNITS[name] === 0) ?? 'B';
  return `${bytes / UNITS[unit]}${unit}`;
}

function refuse(input: unknown): string {
  return typeof input === 'number'
    ? 'is a bare number, and its unit would be a guess; write it with one: 64KB, 512MB or 10GB'
    : 'is not a size; write a whole number and a unit: 64KB, 512MB, 10GB or 1TB';
}

/** A size key; parses to bytes, at least 1. */
export function size(): z.ZodPipe<z.ZodString, z.ZodTransform<Bytes, string>> {
  return z
    .string({ error: (issue) => refuse(issue.input) })
    .regex(PATTERN, { error: (issue) => refuse(issue.input), abort: true })
    .refine((text) => (parseSize(text) ?? 0) > 0, { error: 'is out of range; write 1B or more' })
    .transform((text): Bytes => parseSize(text) ?? 0);
}
