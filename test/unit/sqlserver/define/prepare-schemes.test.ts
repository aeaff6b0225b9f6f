/** A partition scheme that the source's catalogue does not describe. */
import { expect, it } from 'vitest';
import {
  PARTITION_FUNCTIONS,
  PARTITION_SCHEMES,
} from '../../../../src/engines/sqlserver/catalog/sql/partitions.js';
import { OwnedObjects } from '../../../../src/engines/sqlserver/define/owned-objects.js';
import { prepareSchemes } from '../../../../src/engines/sqlserver/define/prepare-schemes.js';
import { PLAIN_TARGET } from '../../../../src/engines/sqlserver/define/target-facts.js';
import type { Row } from '../../../../src/engines/sqlserver/sql-session.js';
import { keyOf, msColumn, msIndex, msTable } from '../ms-models.js';
import { scriptedQuery } from '../scripted-query.js';

const table = msTable('sales', [msColumn('day', 'date', { nullable: false })], {
  indexes: [
    msIndex('', { kind: 'heap', dataSpace: 'ps_day', partitioned: true, columns: keyOf('day') }),
  ],
});
const SCHEME = { id: 1, name: 'ps_day', functionId: 2, filegroup: 'PRIMARY' };
const FUNCTION = {
  ...{ id: 2, name: 'pf_day', isRight: true, typeName: 'date', maxLength: 3, precision: 10 },
  ...{ scale: 0, collation: null },
};

async function prepare(answers: readonly (readonly [string, readonly Row[]])[]) {
  const { query } = scriptedQuery(new Map(answers));
  const owned = await OwnedObjects.lock(query, { pipeline: 'p', target: 't' });
  return prepareSchemes(query, table, owned, PLAIN_TARGET);
}

it('is refused by name, and nothing is made', async () => {
  await expect(prepare([])).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: expect.stringContaining('dbo.sales is partitioned') as unknown,
    remedy: expect.stringContaining('[ps_day]') as unknown,
  });
});

it('is used where somebody has made it on the target', async () => {
  const there = [
    [PARTITION_SCHEMES, [SCHEME]],
    [PARTITION_FUNCTIONS, [FUNCTION]],
  ] as const;
  expect(await prepare(there)).toEqual([]);
});
