import { z } from 'zod';

/**
 * Two ways to say that a key may be left out. Both carry the text and the default into the JSON
 * Schema and docs/configuration.md, written as a person would write it (`30s`, not 30000).
 */

/** A key whose default is filled in when the config is read. */
export function keyWithDefault<T extends z.ZodType>(
  schema: T,
  fallback: z.input<T>,
  text: string,
): z.ZodPrefault<T> {
  return z.prefault(schema, fallback).meta({
    description: text,
    writtenDefault: fallback,
  });
}

/**
 * A key that stays absent when nobody wrote it, because something else (a URL, the pipeline's
 * defaults) may still decide; `fallback` is what counts if nothing does, or a phrase about it.
 */
export function optionalKey<T extends z.ZodType>(
  schema: T,
  text: string,
  fallback?: unknown,
): z.ZodOptional<T> {
  const meta = { description: text };
  return z
    .optional(schema)
    .meta(fallback === undefined ? meta : { ...meta, writtenDefault: fallback });
}

/** A whole number with its limits; the refusal says which numbers are good. */
export function wholeNumber(minimum: number, maximum: number): z.ZodNumber {
  const error = `is not a whole number from ${minimum} to ${maximum}; write such a number without quotes or unit`;
  return z
    .number({ error })
    .refine((value) => Number.isInteger(value) && value >= minimum && value <= maximum, { error })
    .meta({ type: 'integer', minimum, maximum });
}

/** true or false; YAML 1.2 reads yes, no, on and off as text, so the refusal says so. */
export function flag(): z.ZodBoolean {
  return z.boolean({
    error: 'is neither true nor false; write true or false (yes, no, on and off are text)',
  });
}

/** A text that is not empty; `what` completes the refusal: "write a …". */
export function text(what: string): z.ZodString {
  const error = `is not ${what}; write ${what}`;
  return z.string({ error }).min(1, { error: `is empty; write ${what} or remove the key` });
}
