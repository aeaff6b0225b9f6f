/** Keys that differ only in what a target of SQL Server does not look at. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Shape } from '../../../../src/core/change.js';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { openLane, replicate, texts } from './support.js';

let scene: LaneScene;

beforeAll(async () => {
  scene = await openLane('alike');
});
beforeEach(async () => scene.fresh());
afterAll(async () => scene.close());

const COLUMNS = [{ name: 'k', key: true }, { name: 'v' }];
const rows = async () => texts(await scene.sql('select k, v from dbo.t'));

describe('keys of an engine that compares each byte', () => {
  const source = () => new SimTable('t', COLUMNS);
  const shape: Shape = { ...source().shape, wire: 'neutral' };
  const neutral = (changes: Change[]) => changes.map((change) => ({ ...change, shape }));
  const create = async (type: string) =>
    scene.createTables(
      `create table dbo.t (k ${type} collate Latin1_General_100_BIN2 not null primary key, v int null)`,
      ['t'],
    );

  it('11.13: are refused where they differ in blanks at the end, and overwrite no row', async () => {
    await create('nvarchar(50)');
    const table = source();
    const writer = await scene.claim();
    table.insert({ k: 'a', v: '1' });
    await replicate(writer, neutral(table.take()));
    table.insert({ k: 'a ', v: '2' });
    await expect(replicate(writer, neutral(table.take()))).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED' },
      message: expect.stringMatching(
        /equal to another one .* names the unique index "PK_/i,
      ) as string,
    });
    expect(await rows()).toEqual(['a|1']);
  });

  it.each(['nvarchar(50)', 'varchar(50)', 'nchar(50)', 'char(50)'])(
    'find their row in a column of %s',
    async (type) => {
      await create(type);
      const table = source();
      const writer = await scene.claim();
      const key = type.startsWith('n') ? 'ä' : 'b';
      table.insert({ k: key, v: '1' });
      table.insert({ k: 'gone', v: '1' });
      await replicate(writer, neutral(table.take()));
      table.update({ k: key }, { v: '2' });
      table.delete({ k: 'gone' });
      expect(await replicate(writer, neutral(table.take()))).toMatchObject({ missing: 0 });
      expect(await rows()).toEqual([expect.stringMatching(new RegExp(`^${key} *\\|2$`)) as string]);
    },
  );
});

describe('a key of another spelling', () => {
  it('is written as the source has it, where a row came for one that is there', async () => {
    await scene.createTables(
      'create table dbo.t (k nvarchar(50) collate Latin1_General_CI_AS not null primary key, v int null)',
      ['t'],
    );
    const table = new SimTable('t', COLUMNS);
    const writer = await scene.claim();
    table.insert({ k: 'a', v: '1' });
    await replicate(writer, table.take());
    // Change Tracking tells what became of a row, by the key that it has now.
    table.insert({ k: 'A', v: '1' });
    await replicate(writer, table.take());
    expect(await rows()).toEqual(['A|1']);
  });
});
