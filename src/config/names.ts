import { z } from 'zod';

/**
 * Names of pipelines, connections and targets: they become part of workflow ids, slot names and
 * paths, so they hold no slash, dot or space. 40 characters leave room inside the 63 of an identifier.
 */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

export function objectName(what: string): z.ZodString {
  return z.string().regex(NAME, {
    error: `is not a name for a ${what}; write a letter followed by up to 39 letters, digits, - or _`,
  });
}
