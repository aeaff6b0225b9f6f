import { afterEach, expect, it } from 'vitest';
import { openLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { ENFORCING } from '../../../../src/engines/postgres/apply/replica-role.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const scenes: Scene[] = [];

afterEach(async () => {
  await Promise.all(scenes.splice(0).map(async (scene) => scene.close()));
});

/** The note is stored apart, so an update of the key leaves it out. */
const FAMILY = `
create table parent (id int primary key, code text unique, v text);
create table child (id int primary key,
  p int references parent on update cascade on delete cascade, note text);
alter table child alter note set storage external`;

const BORN = `begin;
insert into parent values (1, 'a', 'x'), (2, 'b', 'x'), (3, 'c', 'x');
insert into child select n, n, repeat('n' || n, 9000) from generate_series(1, 3) n; commit`;

/** Foreign keys of the target are in force for the lane. */
describeEachPostgres('foreign keys that act, on PostgreSQL %s', (version) => {
  async function open(label: string, ddl: string): Promise<{ scene: Scene; writer: PgLaneWriter }> {
    const scene = await openScene(version, label);
    scenes.push(scene);
    await scene.createTables(ddl, ['parent', 'child']);
    const connection = { ...scene.connection, session: { ...ENFORCING } };
    const writer = await openLaneWriter(connection, scene.laneId, label);
    expect(writer.replicaRole).toBe(false);
    return { scene, writer };
  }

  async function expectEqual(scene: Scene): Promise<void> {
    for (const table of ['parent', 'child']) {
      expect(await scene.rows('target', table)).toEqual(await scene.rows('source', table));
    }
  }

  it('keep the children of a parent whose key changes, or that goes after they have left it', async () => {
    const { scene, writer } = await open('family', FAMILY);
    await scene.source.query(BORN);
    await replicate(scene, writer);
    await scene.source.query('update parent set id = id + 100 where id < 3');
    await replicate(scene, writer);
    await expectEqual(scene);
    // The parent comes first in the transaction, and goes last.
    await scene.source.query(`begin; update parent set v = 'y' where id = 3;
      update child set p = 101 where id = 3; delete from parent where id = 3; commit`);
    await replicate(scene, writer);
    await expectEqual(scene);
    await scene.source.query('delete from parent where id = 101');
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await expectEqual(scene);
    await writer.close();
  });

  it('keep them when rows of the parent exchange unique values', async () => {
    const { scene, writer } = await open('exchange', FAMILY);
    await scene.source.query(BORN);
    await replicate(scene, writer);
    await scene.source.query(`begin; update parent set code = 'free' where id = 1;
      update parent set code = 'a' where id = 2; update parent set code = 'b' where id = 1; commit`);
    await replicate(scene, writer);
    await expectEqual(scene);
    await writer.close();
  });

  it('keep those that are out of the lane when the parent is truncated: it is set aside', async () => {
    const { scene, writer } = await open('emptied', FAMILY);
    await scene.source.query(BORN);
    await replicate(scene, writer);
    await scene.flags('child', { applies: false, parks: true });
    const children = await scene.rows('target', 'child');
    await scene.source.query('truncate parent, child');
    await expect(replicate(scene, writer)).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED', message: expect.stringContaining('public.child') as unknown },
    });
    expect(await scene.rows('target', 'child')).toEqual(children);
    await writer.close();
  });

  it('set a table aside whose rows cannot be changed in place', async () => {
    const numbered = FAMILY.replace('v text', 'v text, n int generated always as identity');
    const { scene, writer } = await open('numbered', numbered);
    await scene.source.query(
      BORN.replaceAll('insert into parent', 'insert into parent (id, code, v)'),
    );
    await replicate(scene, writer);
    const children = await scene.rows('target', 'child');
    await scene.source.query(`update parent set v = 'z' where id = 1`);
    await expect(replicate(scene, writer)).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED', message: expect.stringContaining('public.child') as unknown },
    });
    expect(await scene.rows('target', 'child')).toEqual(children);
    await writer.close();
  });
});
