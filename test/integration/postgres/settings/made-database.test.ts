import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings } from '../../../../src/cli/inspect/inspection.js';
import { planOf } from '../../../../src/cli/inspect/plan.js';
import { is14Missing, titled } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

describe("a target's database that Sluice makes", () => {
  const target = { createDatabase: true };
  let shop: Shop;
  afterEach(async () => shop.close());

  /** The configuration reads its URLs from these files. */
  const connectTo = async (side: 'from' | 'to', url: string): Promise<void> =>
    writeFile(join(dirname(shop.configPath), side), url);

  it('is named by plan', async () => {
    shop = await openShop('18', 'to be made', {}, {}, { target });
    await shop.source.query('create table public.a (id int primary key)');
    await shop.target.drop();
    const inspection = await shop.use((session) => inspectPipeline(session, ['copy']));
    expect(planOf(inspection).targets[0]?.creates).toEqual([
      `the database ${shop.target.name} on copy`,
      'the schema sluice on copy',
    ]);
  });

  it('is refused before anything is made, where its role may not make it', async () => {
    shop = await openShop('18', 'not to be made', {}, {}, { target });
    await shop.source.query('create table public.a (id int primary key)');
    const role = `t_poor_${randomBytes(4).toString('hex')}`;
    await shop.source.query(`create role ${role} login password 'poor'`);
    try {
      const url = new URL(shop.target.url);
      [url.username, url.password, url.pathname] = [role, 'poor', '/t_nowhere'];
      await connectTo('to', url.toString());
      const found = await shop.use((session) => inspectPipeline(session, ['copy']));
      expect(allFindings(found)).toContainEqual({
        severity: 'error',
        code: 'target.create-database',
        subject: 't_nowhere',
        message: `The role ${role} may not create the database t_nowhere.`,
        remedy: expect.stringContaining(`ALTER ROLE "${role}" CREATEDB`) as string,
      });
    } finally {
      await shop.source.query(`drop role ${role}`);
    }
  });

  const unlike = 'tells that it sorts otherwise, where its server lacks the locale of the source';
  it.skipIf(is14Missing)(titled(unlike), async () => {
    shop = await openShop('18', 'another locale', {}, {}, { target });
    const made = await createDatabase(sharedPostgres('14'), 'made');
    const from = await createDatabase(sharedPostgres('18'), 'builtin');
    await made.drop();
    await from.drop();
    await shop.source.query(
      `create database ${from.name} template template0
         locale_provider builtin builtin_locale 'C.UTF-8'`,
    );
    try {
      await from.query('create table public.a (note text)');
      await connectTo('from', from.url);
      await connectTo('to', made.url);
      await shop.reconcile();
      expect(
        await made.query(`select message from sluice.event where kind = 'database.unlike'`),
      ).toEqual([{ message: expect.stringContaining('texts sort otherwise') as string }]);
    } finally {
      await from.drop();
      await made.drop();
    }
  });
});
