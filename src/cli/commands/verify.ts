import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { SluiceClient } from '../../client.js';
import { formatTableName } from '../../config/table-name.js';
import { TASK_QUEUES } from '../../core/ids.js';
import type { DifferenceRow } from '../../state/history.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { meantBy, readKnown, readMeant } from '../known-tables.js';
import { acting, type Register } from '../register.js';
import { isWhole, selectForAction, type SelectedPipeline } from '../select.js';
import { TemporalWatch } from '../temporal-watch.js';
import type { Progress } from '../text/progress.js';
import { countText, plural } from '../text/amounts.js';

interface VerifyOptions {
  readonly full?: boolean;
  readonly repair?: boolean;
  readonly detach?: boolean;
}

const summarySchema = z.object({
  passed: z.number(),
  failed: z.number(),
  // A worker of an earlier release does not count them.
  unsettled: z.number().default(0),
  skipped: z.number(),
  errors: z.number().default(0),
  differences: z.number(),
  repaired: z.number(),
  notVerified: z.array(z.string()).default([]),
  notCompared: z.array(z.string()).default([]),
});
export type Summary = z.infer<typeof summarySchema>;

const NOTHING: Summary = {
  passed: 0,
  failed: 0,
  unsettled: 0,
  skipped: 0,
  errors: 0,
  differences: 0,
  repaired: 0,
  notVerified: [],
  notCompared: [],
};
const GOES_ON =
  'Nobody waits any longer; the verification goes on. sluice status shows its results, ' +
  'sluice errors what differs.';
const SHOWN_KEYS = 20;
const LOOK_EVERY_MS = 1_000;

/**
 * `--json`: an array of { pipeline, passed, failed, unsettled, skipped, errors, differences,
 * repaired, notVerified, notCompared, rows }; notVerified are the first 20 tables that were not
 * compared although they could be, notCompared those that never are, each a text with the reason; rows is an array of { table, key, difference,
 * repaired }, at most 20.
 */
export const register: Register = (program, cli) => {
  program
    .command('verify')
    .description(
      'compare both sides now; exit code 1 when rows differ or a table could not be compared, ' +
        '4 when one is not settled or not streaming, or none could be compared',
    )
    .argument('[tables...]', 'names or globs', ['*'])
    .option('--full', 'every row instead of the newest')
    .option('--repair', 'write just the rows that differ')
    .option('--detach', 'print the workflow ids instead of waiting')
    .action(
      acting(cli, (tables: string[], options: VerifyOptions) => verify(cli, tables, options)),
    );
};

async function verify(
  cli: CliContext,
  patterns: readonly string[],
  options: VerifyOptions,
): Promise<ExitCode> {
  const selected = selectForAction((await cli.load()).config, cli.options);
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const one of selected) {
    const rows = await readMeant(cli, one, patterns, 'verify');
    names.set(one.name, new Map(rows.map((row) => [row.slug, formatTableName(row.source)])));
  }
  return cli.useClient(async (client) => {
    let total = NOTHING;
    const answers = [];
    for (const one of selected) {
      const found = await verifyPipeline(cli, client, one, patterns, options);
      if (found === null) continue;
      const summary = withNames(found, names.get(one.name) ?? new Map());
      const rows = summary.differences > 0 ? await readDifferences(cli, one) : [];
      answers.push({ pipeline: one.name, ...summary, rows });
      total = add(total, summary);
      if (!cli.json) sayResult(cli, one.name, summary, rows);
    }
    if (cli.json && options.detach !== true) cli.printJson(answers);
    return exitCodeOfSummary(total);
  });
}

/** Workflows know tables by their slugs: each reason begins with one. People know names. */
export function withNames(summary: Summary, names: ReadonlyMap<string, string>): Summary {
  const named = (reason: string): string => {
    const [slug = ''] = reason.split(' → ', 1);
    return (names.get(slug) ?? slug) + reason.slice(slug.length);
  };
  const { notVerified, notCompared } = summary;
  return { ...summary, notVerified: notVerified.map(named), notCompared: notCompared.map(named) };
}

export function exitCodeOfSummary(total: Summary): ExitCode {
  const settled = total.repaired >= total.differences;
  const failed = total.failed > 0 && !(settled && total.differences > 0);
  if (failed || total.errors > 0) return EXIT.failed;
  const compared = total.passed + total.failed + total.unsettled;
  const nothing = compared === 0 && total.skipped > 0;
  const open = total.unsettled > 0 || total.notVerified.length > 0 || nothing;
  return open ? EXIT.degraded : EXIT.ok;
}

async function verifyPipeline(
  cli: CliContext,
  client: SluiceClient,
  selected: SelectedPipeline,
  patterns: readonly string[],
  options: VerifyOptions,
): Promise<Summary | null> {
  let total = NOTHING;
  for (const target of isWhole(selected) ? [undefined] : selected.targets) {
    for (const tables of patterns) {
      const started = await client.startVerification({
        pipeline: selected.name,
        tables,
        scope: options.full === true ? 'full' : 'recent',
        repair: options.repair === true,
        ...(target === undefined ? {} : { target }),
      });
      if (options.detach === true) {
        cli.print(started.workflowId);
        continue;
      }
      const result = started.result();
      const summary = await cli.whileWaiting(GOES_ON, async (progress) => {
        await showProgress(cli, client, selected, { pattern: tables, result, progress });
        return result;
      });
      total = add(total, summarySchema.parse(summary));
    }
  }
  return options.detach === true ? null : total;
}

/** How many of the tables have a newer result than when it began. */
async function showProgress(
  cli: CliContext,
  client: SluiceClient,
  selected: SelectedPipeline,
  { pattern, result, progress }: { pattern: string; result: Promise<unknown>; progress: Progress },
): Promise<void> {
  let over = false;
  const ended = result.then(
    () => void (over = true),
    () => void (over = true),
  );
  const name = `verify ${selected.name}`;
  const queues = [TASK_QUEUES.control, TASK_QUEUES.verify];
  const watch = new TemporalWatch(client, selected.name, (text) => cli.note(text), queues);
  await cli.use(selected.name, 'verify', async (session) => {
    const before = new Map<string, number>();
    const read = async () => meantBy(await readKnown(session, selected), [pattern], '');
    for (const row of await read()) before.set(row.tableId, row.verifiedAt?.getTime() ?? 0);
    while (!over) {
      const rows = await read();
      const done = rows.filter(
        (row) => (row.verifiedAt?.getTime() ?? 0) > (before.get(row.tableId) ?? 0),
      ).length;
      progress.show([{ name, done, total: rows.length, note: plural(rows.length, 'table') }]);
      await watch.look(true);
      await Promise.race([ended, delay(LOOK_EVERY_MS)]);
    }
  });
}

async function readDifferences(
  cli: CliContext,
  selected: SelectedPipeline,
): Promise<{ table: string; key: string; difference: string; repaired: boolean }[]> {
  return cli.use(selected.name, 'verify', async (session) => {
    const all: DifferenceRow[] = [];
    for (const name of selected.targets) {
      const { state } = await session.target(name);
      all.push(...(await state.history.differences(selected.name, SHOWN_KEYS)));
    }
    return all.slice(0, SHOWN_KEYS).map((row) => ({ ...row, table: formatTableName(row.table) }));
  });
}

function sayResult(
  cli: CliContext,
  pipeline: string,
  summary: Summary,
  rows: readonly { table: string; key: string; difference: string; repaired: boolean }[],
): void {
  const { style } = cli;
  const parts = [
    style.green(`${countText(summary.passed)} passed`),
    summary.failed > 0 ? style.red(`${countText(summary.failed)} failed`) : '0 failed',
    ...(summary.unsettled > 0 ? [style.yellow(`${countText(summary.unsettled)} unsettled`)] : []),
    `${countText(summary.skipped)} skipped`,
    `${plural(summary.differences, 'row')} differ`,
    `${countText(summary.repaired)} repaired`,
    ...(summary.errors > 0 ? [style.red(`${countText(summary.errors)} not verified`)] : []),
  ];
  cli.print(`${pipeline}: ${parts.join(', ')}`);
  for (const row of rows) {
    cli.print(`  ${row.table} ${row.key} ${row.difference}${row.repaired ? ' (repaired)' : ''}`);
  }
  if (summary.differences > summary.repaired) {
    cli.print(
      '  Repair just these rows with sluice verify --repair; all: sluice.verification_row.',
    );
  }
  for (const reason of summary.notVerified) cli.print(`  not verified: ${reason}`);
  for (const reason of summary.notCompared) cli.print(`  never compared: ${reason}`);
  if (summary.unsettled > 0) {
    cli.print('  Unsettled is neither equal nor different; sluice.verification says why.');
    cli.print('  See in sluice status that the target follows, and verify again.');
  }
}

function add(a: Summary, b: Summary): Summary {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    unsettled: a.unsettled + b.unsettled,
    skipped: a.skipped + b.skipped,
    errors: a.errors + b.errors,
    differences: a.differences + b.differences,
    repaired: a.repaired + b.repaired,
    notVerified: [...a.notVerified, ...b.notVerified],
    notCompared: [...a.notCompared, ...b.notCompared],
  };
}
