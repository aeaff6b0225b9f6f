import { createHash } from 'node:crypto';

/** Keys sorted at every depth, so that two spellings of the same config are the same text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}

/**
 * The order of `tables.settings` decides which pattern wins, so it is part of what is hashed
 * although the order of every other mapping is not.
 */
function withSettingsOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('tables' in value)) return value;
  const { tables } = value;
  if (typeof tables !== 'object' || tables === null || !('settings' in tables)) return value;
  return { ...value, tables: { ...tables, settings: Object.entries(tables.settings ?? {}) } };
}

/**
 * Twelve hex digits that change exactly when the config given means something else. References are
 * hashed as written: a rotated secret is no new revision, and no secret goes into the hash.
 */
export function configRevision(pipelineConfig: unknown): string {
  const text = JSON.stringify(canonical(withSettingsOrder(pipelineConfig)));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
