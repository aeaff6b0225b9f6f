import { InvalidArgumentError } from 'commander';
import { cron, timeZone } from '../../config/schedule.js';
import { nearest } from '../../config/nearest.js';
import { SluiceError } from '../../core/errors.js';
import { scheduleId } from '../../core/ids.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { isWhole, selectForAction, type SelectedPipeline } from '../select.js';
import { columns } from '../text/columns.js';

const KINDS = { verify: 'verify', 'full-sync': 'fullSync' } as const;
type Kind = keyof typeof KINDS;

interface AddOptions {
  readonly cron: string;
  readonly timezone: string;
  readonly tables: string;
  readonly scope: 'recent' | 'full';
}

/** `list --json`: an array of { scheduleId, paused, next }. */
export const register: Register = (program, cli) => {
  const schedule = program
    .command('schedule')
    .description('verification and full sync by the clock (Temporal Schedules)');
  schedule
    .command('add')
    .description('add a schedule, or change the one of this kind')
    .argument('<kind>', 'verify or full-sync', parseKind)
    .requiredOption('--cron <expression>', 'when, as cron: "0 3 * * *"', parseCron)
    .option('--timezone <zone>', 'of the cron expression', parseZone, 'UTC')
    .option('--tables <pattern>', 'name or glob', '*')
    .option('--scope <scope>', 'for verify: recent or full', parseScope, 'full')
    .action(acting(cli, (kind: Kind, options: AddOptions) => add(cli, kind, options)));
  schedule
    .command('list')
    .description('all schedules of Sluice')
    .action(acting(cli, () => list(cli)));
  schedule
    .command('remove')
    .description('remove a schedule')
    .argument('<kind-or-id>', 'verify, full-sync, or the id that list shows')
    .action(acting(cli, (word: string) => remove(cli, word)));
};

async function add(cli: CliContext, kind: Kind, options: AddOptions): Promise<ExitCode> {
  const selected = selectForAction((await cli.load()).config, cli.options);
  return cli.useClient(async (client) => {
    for (const ref of selected.flatMap(scheduled)) {
      const id = await client.schedules.put({
        ...ref,
        kind: KINDS[kind],
        cron: options.cron,
        timezone: options.timezone,
        tables: options.tables,
        ...(kind === 'verify' ? { scope: options.scope } : {}),
      });
      cli.print(id);
    }
    return EXIT.ok;
  });
}

async function list(cli: CliContext): Promise<ExitCode> {
  return cli.useClient(async (client) => {
    const rows = await client.schedules.list();
    if (cli.json) cli.printJson(rows);
    else if (rows.length === 0) cli.print('No schedules. Add one with sluice schedule add.');
    else {
      const cells = rows.map((row) => [
        row.scheduleId,
        row.paused ? 'paused' : `next ${row.next ?? 'never'}`,
      ]);
      cli.print(columns(cells));
    }
    return EXIT.ok;
  });
}

async function remove(cli: CliContext, word: string): Promise<ExitCode> {
  const ids = await idsOf(cli, word);
  return cli.useClient(async (client) => {
    const known = (await client.schedules.list()).map((row) => row.scheduleId);
    for (const id of ids) {
      if (!known.includes(id)) throw unknown(id, known);
      await client.schedules.remove(id);
      cli.note(`${id} is removed.`);
    }
    return EXIT.ok;
  });
}

/** One for the pipeline as a whole, or one for each of the targets that are meant. */
function scheduled(selected: SelectedPipeline): { pipeline: string; target?: string }[] {
  const { name: pipeline, targets } = selected;
  return isWhole(selected) ? [{ pipeline }] : targets.map((target) => ({ pipeline, target }));
}

async function idsOf(cli: CliContext, word: string): Promise<string[]> {
  if (!isKind(word)) return [word];
  const selected = selectForAction((await cli.load()).config, cli.options);
  return selected.flatMap(scheduled).map((ref) => scheduleId({ ...ref, kind: KINDS[word] }));
}

function unknown(id: string, known: readonly string[]): SluiceError {
  const meant = nearest(id, known);
  return new SluiceError('COMMAND_INVALID', `There is no schedule ${id}.`, {
    remedy: meant === undefined ? 'sluice schedule list shows all.' : `Did you mean ${meant}?`,
  });
}

function isKind(word: string): word is Kind {
  return Object.hasOwn(KINDS, word);
}

function parseKind(word: string): Kind {
  if (isKind(word)) return word;
  throw new InvalidArgumentError('It is verify or full-sync.');
}

function parseScope(word: string): 'recent' | 'full' {
  if (word === 'recent' || word === 'full') return word;
  throw new InvalidArgumentError('It is recent or full.');
}

function parseCron(text: string): string {
  if (cron.safeParse(text).success) return text;
  throw new InvalidArgumentError('Write five fields as in "0 3 * * *".');
}

function parseZone(text: string): string {
  if (timeZone.safeParse(text).success) return text;
  throw new InvalidArgumentError('Write a name such as Europe/Berlin or UTC.');
}
