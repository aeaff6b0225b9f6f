import { afterEach, describe, expect, it } from 'vitest';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { patient } from '../../../support/wait-for.js';

const DDL = `
create table public.parent (a int, "b ]""x" text, primary key (a, "b ]""x"));
create table public.child (
  id int primary key, a int, b text,
  constraint "to parent" foreign key (a, b) references public.parent (a, "b ]""x"));
insert into parent select i, 'v' from generate_series(1, 50) i;
insert into child select i, i, 'v' from generate_series(1, 50) i;
insert into child values (51, null, 'w'), (52, 7, null);`;

interface Said extends Record<string, unknown> {
  readonly message: string;
}

describe('foreign keys of a target', () => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;
  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  it(
    'are verified: rows without their parent are a named difference',
    { timeout: patient(240_000) },
    async () => {
      const source = { createPublication: true, createSlot: true };
      const opened = await openShop('18', 'orphans', {}, {}, { source });
      shop = opened;
      await opened.source.query(DDL);
      await opened.reconcile();
      lane = opened.startLane();
      for (const table of ['parent', 'child']) await opened.fullSync(`public.${table}`, 'first-0');
      expect(await opened.verify('public.child')).toMatchObject({ result: 'passed' });

      // Behind Sluice's back, as the applier writes: without the checks.
      await opened.target.query(`
      begin; set local session_replication_role = replica;
      delete from parent where a in (3, 4, 5); commit;`);
      expect(await opened.verify('public.child')).toMatchObject({
        result: 'failed',
        differences: 1,
      });
      const [error] = await opened.target.query<Said>(
        `select message from sluice.error where code = 'VERIFICATION_FAILED'`,
      );
      expect(error?.message).toBe(
        'public.child: both sides are equal; 3 rows lack what foreign key to parent names in public.parent.',
      );

      // What the source lacks as well is not the target's fault.
      await opened.source.query(`
      begin; set local session_replication_role = replica;
      delete from parent where a in (3, 4, 5); commit;`);
      expect(await opened.verify('public.child')).toMatchObject({ result: 'passed' });
    },
  );
});
