import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { openLane, replicate, texts } from './support.js';

const DDL = `
create table dbo.parent (id int not null primary key, v int null);
create table dbo.child (id int not null primary key,
  parent int not null constraint fk_child references dbo.parent (id));
create table dbo.tree (id int not null primary key,
  above int null constraint fk_tree references dbo.tree (id));`;

describe('foreign keys that are enforced (foreignKeys: enforce)', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('enforced');
  });
  beforeEach(async () => {
    await scene.fresh();
    await scene.createTables(DDL, ['parent', 'child', 'tree']);
  });
  afterAll(async () => scene.close());

  const tables = () => ({
    parent: new SimTable('parent', [{ name: 'id', key: true }, { name: 'v' }]),
    child: new SimTable('child', [{ name: 'id', key: true }, { name: 'parent' }]),
  });
  const rowsOf = async (table: string) => texts(await scene.sql(`select * from dbo.${table}`));

  it('11.4: keep the order of the source: parents come before children, and go after them', async () => {
    const { parent, child } = tables();
    const writer = await scene.claim();
    parent.insert({ id: '1', v: '1' });
    child.insert({ id: '1', parent: '1' });
    await replicate(writer, [...parent.take(), ...child.take()]);
    // Children of a new parent are written by one statement for the table, as are its deletes.
    child.delete({ id: '1' });
    const gone = child.take();
    parent.delete({ id: '1' });
    parent.insert({ id: '2', v: '2' });
    const moved = parent.take();
    child.insert({ id: '2', parent: '2' });
    await replicate(writer, [...gone, ...moved, ...child.take()]);
    expect(await rowsOf('parent')).toEqual(['2|2']);
    expect(await rowsOf('child')).toEqual(['2|2']);
  });

  it('11.4: refuse a row without its parent, and the table alone is set aside with the reason', async () => {
    const { child } = tables();
    const writer = await scene.claim();
    child.insert({ id: '9', parent: '99' });
    const changes = child.take();
    const tableId = await scene.tableId('child');
    await expect(replicate(writer, changes)).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED', tableId },
      message: expect.stringContaining('fk_child') as string,
    });
    expect(await rowsOf('child')).toEqual([]);
  });

  it('11.4: keep the order of the source in a transaction that is too large for the memory', async () => {
    const { parent, child } = tables();
    const writer = await scene.claim();
    parent.insert({ id: '1', v: '1' });
    child.insert({ id: '1', parent: '1' });
    await replicate(writer, [...parent.take(), ...child.take()]);
    // The child's changes begin, so as one step they would come before the new parent.
    child.delete({ id: '1' });
    const gone = child.take();
    parent.insert({ id: '2', v: '2' });
    const first = parent.take();
    child.insert({ id: '2', parent: '2' });
    const changes = [...gone, ...first, ...child.take()];
    for (let id = 3; id <= 9_000; id += 1) parent.insert({ id: String(id), v: '2' });
    await replicate(writer, [...changes, ...parent.take()]);
    expect(await rowsOf('child')).toEqual(['2|2']);
    expect(await scene.sql('select count(*) as n from dbo.parent')).toEqual([{ n: 9_000 }]);
  });

  it('11.4: of a table to itself take a whole tree in one transaction', async () => {
    const tree = new SimTable('tree', [{ name: 'id', key: true }, { name: 'above' }]);
    const writer = await scene.claim();
    tree.insert({ id: '3', above: null });
    tree.insert({ id: '2', above: '3' });
    tree.insert({ id: '1', above: '2' });
    await replicate(writer, tree.take());
    tree.update({ id: '1' }, { above: '3' });
    tree.delete({ id: '2' });
    await replicate(writer, tree.take());
    expect(await rowsOf('tree')).toEqual(['1|3', '3|∅']);
  });
});
