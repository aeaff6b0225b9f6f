/** A table whose rows are switched as a whole, and one whose rows are switched by the partition. */
import type { Scene } from './fixture.js';

/** How each is loaded, and the statement that switches it. */
export const WAYS = [
  { table: 'whole', load: 'swap', on: '[PRIMARY]', match: 'SWITCH TO' },
  { table: 'parts', load: 'partitionSwitch', on: 'by_id (id)', match: 'SWITCH PARTITION 2' },
] as const;

/** The scheme by_id of whole numbers, on the target. */
export async function partitionById({ target }: Scene, borders: string): Promise<void> {
  await target.sql(`
CREATE PARTITION FUNCTION by_id (int) AS RANGE RIGHT FOR VALUES (${borders})
GO
CREATE PARTITION SCHEME by_id AS PARTITION by_id ALL TO ([PRIMARY])`);
}

/** Both tables, with these rows (id, v) on the source; partitions begin at 10 and 20. */
export async function makeSwitchedTables(scene: Scene, rows: string): Promise<void> {
  await partitionById(scene, '10, 20');
  for (const { table, on } of WAYS) {
    const create = `CREATE TABLE dbo.${table} (
  id int NOT NULL CONSTRAINT ${table}_pk PRIMARY KEY CLUSTERED, v int NULL)`;
    await scene.source.sql(create);
    await scene.source.sql(`INSERT INTO dbo.${table} (id, v) VALUES ${rows}`);
    await scene.target.sql(`${create} ON ${on}`);
  }
}
