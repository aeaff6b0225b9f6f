import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { formatTableName } from '../../config/table-name.js';
import { selects } from '../../config/select-pattern.js';
import type { EventRow } from '../../state/history.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { parseCount } from '../options.js';
import { eachState } from '../read-state.js';
import { acting, type Register } from '../register.js';
import type { Style } from '../text/style.js';

const LEVELS = ['debug', 'info', 'warning', 'error'] as const;
type Level = (typeof LEVELS)[number];
const INFO = LEVELS.indexOf('info');

interface LogOptions {
  readonly follow?: boolean;
  readonly table?: string;
  readonly level: Level;
  readonly limit: number;
}

const LOOK_EVERY_MS = 1_000;
/** Events that one look reads; of tables or levels the wanted ones are found among them. */
const MOST = 10_000;

/** `--json`: one EventRow (src/state/history.ts) per line, table as schema.table. */
export const register: Register = (program, cli) => {
  program
    .command('logs')
    .description('what happened, from the targets; oldest first')
    .option('--follow', 'go on with what happens, until Ctrl-C')
    .option('--table <name>', 'only tables of this name or glob')
    .addOption(new Option('--level <level>', 'at least this').choices(LEVELS).default('info'))
    .option('--limit <count>', 'begin with so many per target', parseCount, 50)
    .action(acting(cli, (options: LogOptions) => logs(cli, options)));
};

async function logs(cli: CliContext, options: LogOptions): Promise<ExitCode> {
  const last = new Map<string, string>();
  const filtered = options.table !== undefined || LEVELS.indexOf(options.level) > INFO;
  for (let first = true; ; first = false) {
    const events = await eachState(cli, 'logs', async ({ pipeline, target, state }) => {
      const place = `${pipeline}/${target}`;
      const after = last.get(place) ?? '0';
      const found = await state.history.events({
        pipeline,
        after,
        limit: first && !filtered ? options.limit : MOST,
      });
      const newest = found.at(-1);
      if (newest !== undefined) last.set(place, newest.eventId);
      const wanted = found.filter(
        (event) => (event.target ?? target) === target && isWanted(event, options),
      );
      return first ? wanted.slice(-options.limit) : wanted;
    });
    events.sort((a, b) => a.at.getTime() - b.at.getTime());
    for (const event of events) show(cli, event);
    if (options.follow !== true) return EXIT.ok;
    await delay(LOOK_EVERY_MS);
  }
}

export function isWanted(event: EventRow, options: Pick<LogOptions, 'table' | 'level'>): boolean {
  if (LEVELS.indexOf(event.level) < LEVELS.indexOf(options.level)) return false;
  if (options.table === undefined) return true;
  return event.table !== null && selects(options.table, event.table);
}

function show(cli: CliContext, event: EventRow): void {
  const table = event.table === null ? null : formatTableName(event.table);
  if (cli.json) cli.print(JSON.stringify({ ...event, table }));
  else cli.print(eventText(event, cli.style));
}

export function eventText(event: EventRow, style: Style): string {
  const at = event.at.toISOString().replace('T', ' ').slice(0, 19);
  const where = event.table === null ? event.pipeline : formatTableName(event.table);
  const target = event.target === null ? '' : ` → ${event.target}`;
  return `${style.dim(at)} ${level(event.level, style)} ${where}${target}: ${event.message}`;
}

function level(word: Level, style: Style): string {
  const text = word.padEnd(7);
  if (word === 'error') return style.red(text);
  return word === 'warning' ? style.yellow(text) : text;
}
