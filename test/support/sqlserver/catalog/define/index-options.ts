/**
 * How an index is stored. Needed by test/conformance/sqlserver/indexes: "keeps how it is stored"
 * and test/conformance/sqlserver/indexes: "is compressed by the partition".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { IndexOption } from '../../tsql/ast.js';

const LEVELS: Readonly<Record<string, number>> = {
  NONE: 0,
  ROW: 1,
  PAGE: 2,
  COLUMNSTORE: 3,
  COLUMNSTORE_ARCHIVE: 4,
};

/** DATA_COMPRESSION, for all partitions (0) or those it names. */
export async function writeCompression(
  context: SessionContext,
  tableId: number,
  indexId: number,
  options: readonly IndexOption[],
): Promise<void> {
  for (const option of options) {
    if (option.name !== 'DATA_COMPRESSION') continue;
    const level = LEVELS[option.value] ?? 0;
    const partitions = option.partitions === null ? [0] : numbersOf(option.partitions);
    for (const partition of partitions) {
      await compressPartition(context, tableId, indexId, partition, level);
    }
  }
}

async function compressPartition(
  context: SessionContext,
  tableId: number,
  indexId: number,
  partition: number,
  level: number,
): Promise<void> {
  if (partition === 0) {
    await context.query('DELETE FROM ms.compression WHERE object_id = $1 AND index_id = $2', [
      tableId,
      indexId,
    ]);
  }
  await context.query(
    `INSERT INTO ms.compression (object_id, index_id, partition, level) VALUES ($1, $2, $3, $4)
     ON CONFLICT (object_id, index_id, partition) DO UPDATE SET level = EXCLUDED.level`,
    [tableId, indexId, partition, level],
  );
}

/** `2, 4 TO 6`. */
function numbersOf(list: string): number[] {
  return list.split(', ').flatMap((part) => {
    const [from = 0, to = from] = part.split(' TO ').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

export interface IndexSettings {
  readonly ignoreDupKey: boolean;
  readonly fillFactor: number;
  readonly padded: boolean;
  readonly rowLocks: boolean;
  readonly pageLocks: boolean;
}

export function settingsOf(options: readonly IndexOption[]): IndexSettings {
  const value = (name: string) => options.find((option) => option.name === name)?.value;
  return {
    ignoreDupKey: value('IGNORE_DUP_KEY') === 'ON',
    fillFactor: Number(value('FILLFACTOR') ?? 0),
    padded: value('PAD_INDEX') === 'ON',
    rowLocks: value('ALLOW_ROW_LOCKS') !== 'OFF',
    pageLocks: value('ALLOW_PAGE_LOCKS') !== 'OFF',
  };
}
