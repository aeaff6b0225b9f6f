import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { MsPartitionFunction, MsPartitionScheme } from './object-model.js';
import { flag, groupBy, readRows } from './read-rows.js';
import { PARTITION_BOUNDARIES, PARTITION_FUNCTIONS, PARTITION_SCHEMES } from './sql/partitions.js';

const functionRow = z.object({
  id: z.number(),
  name: z.string(),
  isRight: flag,
  typeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  collation: z.string().nullable(),
});
const boundaryRow = z.object({ functionId: z.number(), value: z.string().nullable() });
const schemeRow = z.object({
  id: z.number(),
  name: z.string(),
  functionId: z.number(),
  filegroup: z.string(),
});

/** Every partition scheme of the database with its function. */
export async function readSchemes(query: Query): Promise<MsPartitionScheme[]> {
  const rows = await readRows(query, PARTITION_SCHEMES, schemeRow);
  if (rows.length === 0) return [];
  const functions = await readFunctions(query);
  return [...groupBy(rows, ({ id }) => id).values()].flatMap((partitions) => {
    const [first] = partitions;
    const found = functions.get(first?.functionId ?? 0);
    if (first === undefined || found === undefined) return [];
    const filegroups = partitions.map(({ filegroup }) => filegroup);
    return [{ id: first.id, name: first.name, function: found, filegroups }];
  });
}

async function readFunctions(query: Query): Promise<Map<number, MsPartitionFunction>> {
  const boundaries = groupBy(
    await readRows(query, PARTITION_BOUNDARIES, boundaryRow),
    ({ functionId }) => functionId,
  );
  const rows = await readRows(query, PARTITION_FUNCTIONS, functionRow);
  return new Map(
    rows.map(({ id, name, isRight, collation, typeName, maxLength, precision, scale }) => [
      id,
      {
        ...{ id, name, isRight, collation },
        type: { name: typeName.toLowerCase(), maxLength, precision, scale },
        boundaries: (boundaries.get(id) ?? []).map(({ value }) => value),
      },
    ]),
  );
}
