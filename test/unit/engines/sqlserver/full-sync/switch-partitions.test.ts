/** The catalogue's count of a partition's rows is approximate: what it misses is exchanged as well. */
import { expect, it } from 'vitest';
import {
  anyFilledSql,
  DIVISION,
  FILLED_PARTITIONS,
  switchPartitionSql,
  truncatePartitionSql,
} from '../../../../../src/engines/sqlserver/full-sync/sql/partition-sql.js';
import { stageTable } from '../../../../../src/engines/sqlserver/full-sync/stage-record.js';
import { switchPartitions } from '../../../../../src/engines/sqlserver/full-sync/switch-partitions.js';
import type { Query, Row } from '../../../../../src/engines/sqlserver/sql-session.js';

const target = { schema: 'dbo', table: 'sales' };
const stage = { tableId: '7', epoch: '1', fence: '1', target };
const division = { functionName: 'by_day', columnName: 'day' };
const NUMBERS = [1, 2, 3, 4, 5];

it('empties and switches partitions that the catalogue takes for empty, but not those apart', async () => {
  const filled = { live: new Set([1, 2, 5]), staged: new Set([2, 3, 5]) };
  const answers = (sql: string): readonly Row[] => {
    if (sql === DIVISION) return [division];
    if (sql === FILLED_PARTITIONS) return [];
    if (sql === anyFilledSql(target, division, [5])) return first(filled.live);
    if (sql === anyFilledSql(stageTable(stage), division, [5])) return first(filled.staged);
    const number = NUMBERS.find((one) => {
      const switches = switchPartitionSql(stageTable(stage), target, one);
      return sql === truncatePartitionSql(target, one) || sql === switches;
    });
    if (number === undefined) throw new Error(`Nothing answers ${sql}`);
    if (sql === truncatePartitionSql(target, number)) filled.live.delete(number);
    else filled.staged.delete(number);
    return [];
  };
  const query: Query = <T extends Row>(sql: string) =>
    Promise.resolve(answers(sql) as readonly T[]);
  const apart = [{ number: 5, why: 'another filegroup' }];
  const record = { epoch: '1', columns: [], key: ['day'], cloned: true, refused: null, apart };
  await switchPartitions(query, stage, record, {});
  expect([...filled.live]).toEqual([5]);
  expect([...filled.staged]).toEqual([5]);
});

function first(numbers: ReadonlySet<number>): readonly Row[] {
  const found = [...numbers].find((number) => number !== 5);
  return found === undefined ? [] : [{ number: found }];
}
