/** Rows that an enabled foreign key refers to never go and come back: what refers to them would go. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { openLane, replicate, texts } from './support.js';

const CHILD = (type: string, key: string) => `
create table dbo.child (id int not null primary key,
  t ${type} null references dbo.t (${key}) on update cascade on delete cascade)`;

describe('a row that an enabled foreign key refers to', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('referenced');
  });
  beforeEach(async () => scene.fresh());
  afterAll(async () => scene.close());

  const rowsOf = async (table: string) => texts(await scene.sql(`select * from dbo.${table}`));

  it('11.4: keeps what refers to it where the source changed an identity value, which is refused', async () => {
    await scene.createTables(
      `create table dbo.t (k nvarchar(20) not null primary key, n int identity(1, 1) not null);
       ${CHILD('nvarchar(20)', 'k')}`,
      ['t'],
    );
    const source = new SimTable('t', [{ name: 'k', key: true }, { name: 'n' }]);
    const writer = await scene.claim();
    source.insert({ k: 'a', n: '7' });
    await replicate(writer, source.take());
    await scene.sql(`insert into dbo.child values (5, N'a')`);
    source.update({ k: 'a' }, { n: '9' });
    const said = 'dbo.t.n, an identity column, and the row cannot be replaced';
    await expect(replicate(writer, source.take())).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED', message: expect.stringContaining(said) as string },
    });
    expect(await rowsOf('t')).toEqual(['a|7']);
    expect(await rowsOf('child')).toEqual(['5|a']);
  });

  it.each([false, true])(
    '11.4: stays where rows exchange unique values in one statement of the source; a key changes: %s',
    async (moves) => {
      await scene.createTables(
        `create table dbo.t (id int not null primary key, u int null constraint u_of_t unique);
         ${CHILD('int', 'id')}`,
        ['t'],
      );
      const source = new SimTable('t', [{ name: 'id', key: true }, { name: 'u' }]);
      const writer = await scene.claim();
      for (let id = 1; id <= 3; id += 1) source.insert({ id: String(id), u: String(id) });
      await replicate(writer, source.take());
      await scene.sql('insert into dbo.child values (5, 1), (6, 2), (7, 3)');
      source.update({ id: '1' }, { u: '2' });
      source.update({ id: '2' }, { u: '1' });
      if (moves) source.update({ id: '3' }, { id: '30' });
      expect((await replicate(writer, source.take())).missing).toBe(0);
      expect(await rowsOf('t')).toEqual(texts(source.all()));
      expect(await rowsOf('child')).toEqual(['5|1', '6|2', moves ? '7|30' : '7|3']);
    },
  );
});
