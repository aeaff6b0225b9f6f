import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { giveBackPg } from '../../../../src/engines/postgres/kept-clients.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { placesOf } from '../../../../src/engines/session-places.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import { KeptScene, pidOf, POOL } from './scene.js';

describeEachPostgres('the place of a session that is kept, PostgreSQL %s', (version) => {
  let scene: KeptScene;

  beforeAll(async () => {
    scene = await KeptScene.open(version);
  });
  beforeEach(() => scene.startKeeping());
  afterEach(async () => scene.end());
  afterAll(async () => scene.close());

  it('gives its place up for one who needs another, and never more than pool.max are open', async () => {
    const pool = { ...POOL, max: 1 };
    const first = await scene.borrow({ pool });
    await giveBackPg(first);
    const next = await scene.borrow({
      pool,
      session: { work_mem: '8MB' },
      connectTimeoutMs: 5_000,
    });
    expect(await scene.sessions()).toBe(1);
    await giveBackPg(next);
  });

  it('goes straight to one who waits for a place and could use it; nobody is overtaken', async () => {
    const pool = { ...POOL, max: 1 };
    const first = await scene.borrow({ pool });
    const pid = await pidOf(first);
    const order: string[] = [];
    const wait = async (name: string, session: Record<string, string>) => {
      const client = await scene.borrow({ pool, session });
      order.push(name);
      const own = await pidOf(client);
      await giveBackPg(client);
      return own;
    };
    const waiting = [wait('same', {}), wait('other', { work_mem: '8MB' }), wait('same again', {})];
    await waitFor('they wait', () =>
      Promise.resolve(placesOf(scene.connection({ pool }))?.contested),
    );
    await giveBackPg(first);
    const [same, other, again] = await Promise.all(waiting);
    expect(order).toEqual(['same', 'other', 'same again']);
    expect(same).toBe(pid);
    expect(new Set([same, other, again]).size).toBe(3);
    expect(await scene.sessions()).toBeLessThanOrEqual(1);
  });

  it('never more than pool.max are open, however many come and go', async () => {
    const pool = { ...POOL, max: 3 };
    let most = 0;
    let done = false;
    const watch = (async () => {
      while (!done) most = Math.max(most, await scene.sessions());
    })();
    const work = Array.from({ length: 30 }, async (_, n) => {
      const session: Record<string, string> = n % 3 === 0 ? { work_mem: '8MB' } : {};
      const client = await scene.borrow({ pool, session });
      await client.query('select pg_sleep(0.01)');
      await (n % 5 === 0 ? client.end() : giveBackPg(client));
    });
    await Promise.allSettled(work);
    done = true;
    await watch;
    await Promise.all(work);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('is closed when nobody wants it soon, so that its database can be dropped', async () => {
    const other = await createDatabase(scene.server, 'kept and dropped');
    const first = await scene.borrow({ database: other.name });
    await giveBackPg(first);
    // The server itself waits for 5 s; on a busy machine the session may be closed later.
    await waitFor('nobody is in the database', async () => {
      await scene.database.query(`drop database "${other.name}"`);
      return true;
    });
    await expect(scene.borrow({ database: other.name })).rejects.toMatchObject({
      code: 'DATABASE_MISSING',
    });
  });

  it('is not kept for longer than idleTimeout', async () => {
    await giveBackPg(await scene.borrow({ pool: { ...POOL, idleTimeout: 1 } }));
    await waitFor('it is closed', async () => (await scene.sessions()) === 0, {
      timeoutMs: 1_500,
    });
  });

  it('is not kept outside of a worker, nor after it', async () => {
    const first = await scene.borrow();
    await giveBackPg(await scene.borrow());
    await scene.stopKeeping();
    expect(await scene.sessions()).toBe(1);
    await giveBackPg(first);
    expect(await scene.sessions()).toBe(0);
    await giveBackPg(await scene.borrow());
    expect(await scene.sessions()).toBe(0);
  });

  it('pools and lone sessions hand theirs on; one whose work threw is ended', async () => {
    const lone = new SqlSession(scene.connection(), 'target');
    const pid = async (session: SqlSession) =>
      (await session.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid;
    const first = await pid(lone);
    await lone.close();
    const pool = openSessionPool(async () => scene.borrow(), 2);
    expect(await pool.use(pidOf)).toBe(first);
    const { client, release } = await pool.take();
    await pool.close();
    await release(false);
    const next = new SqlSession(scene.connection(), 'target');
    const second = await pid(next);
    expect([first, undefined]).not.toContain(second);
    expect(client).not.toBe(undefined);
    await next.close();
    const failing = openSessionPool(async () => scene.borrow(), 2);
    const work = failing.use(() => Promise.reject(new Error('of the caller')));
    await expect(work).rejects.toThrow('of the caller');
    await failing.close();
    const last = new SqlSession(scene.connection(), 'target');
    expect(await pid(last)).not.toBe(second);
    await last.close();
  });
});
