import { afterEach, describe, expect, it } from 'vitest';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { watch } from './watching.js';

describe('a command of SQL whose worker died with it', () => {
  let shop: Shop;
  const closing: (() => void)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await shop.close();
  });

  it('is taken by the next one, before what was asked for after it', async () => {
    shop = await openShop('18', 'lost command', { mode: 'full' });
    await shop.source.query('create table public.t (id int primary key)');
    await shop.reconcile();
    const ask = (command: string): Promise<unknown> =>
      shop.target.query(
        `insert into sluice.command (command, table_name) values ($1, 'public.t')`,
        [command],
      );
    await ask('pause');
    const taken = await shop.use(async (session) => {
      const { state } = await session.target('copy');
      return state.journal.takeCommands(shop.pipeline, 60);
    });
    expect(taken.map(({ command }) => command)).toEqual(['pause']);
    await ask('resume');
    const { commands } = await (await watch(shop, closing)).ended;
    expect(commands.map(({ command, slugs }) => [command.command, slugs])).toEqual([
      ['pause', ['public.t']],
      ['resume', ['public.t']],
    ]);
    expect(commands[0]?.command.requestId).toBe(`sql-${taken[0]?.commandId ?? ''}`);
  });
});
