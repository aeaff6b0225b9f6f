import type { Connection } from '@temporalio/client';

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3 } as const;

/** What the Web UI can filter and sort by; the dev server takes the same list as flags. */
export const SEARCH_ATTRIBUTES = {
  SluicePipeline: 'Keyword',
  SluiceTarget: 'Keyword',
  SluiceTable: 'Keyword',
  SluicePhase: 'Keyword',
  SluiceFault: 'Keyword',
  SluiceEpoch: 'Int',
} as const;

/**
 * Register what is missing. False where this login may not: then workflows run without them,
 * because an upsert of an unregistered attribute would retry for ever.
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(
      ([name]) => !(name in customAttributes),
    );
    if (missing.length === 0) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
      ),
    });
    return true;
  } catch {
    return false;
  }
}

/** Names that are not registered; null where this login may not look. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<readonly string[] | null> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes));
  } catch {
    return null;
  }
}
