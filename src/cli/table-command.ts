/** Gives a command to some tables through their pipeline, and waits until it has taken effect. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { SluiceClient } from '../client.js';
import { pipelineId } from '../core/ids.js';
import { SluiceError } from '../core/errors.js';
import type { CommandName } from '../core/protocol.js';
import type { TableRow } from '../state/store.js';
import { awaitTables, type Verdict } from './await-tables.js';
import type { CliContext } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readMeant } from './known-tables.js';
import { isWhole, selectForAction, type SelectedPipeline } from './select.js';
import { plural } from './text/amounts.js';

export interface TableCommand {
  readonly command: CommandName;
  /** The word that the person typed. */
  readonly word: string;
  readonly patterns: readonly string[];
  readonly reason: string;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
  /** `before` is the row as it was when the command was given. */
  readonly judge: (row: TableRow, before: TableRow | undefined) => Verdict;
  /** Only these need the command; all by default. */
  readonly concerns?: (row: TableRow) => boolean;
}

interface Meant {
  readonly selected: SelectedPipeline;
  readonly rows: readonly TableRow[];
}

/** Throws TABLE_UNKNOWN or STATE_MISSING for one pipeline before any other is told. */
export async function giveTableCommand(cli: CliContext, wish: TableCommand): Promise<ExitCode> {
  const all: Meant[] = [];
  for (const selected of selectForAction((await cli.load()).config, cli.options)) {
    const rows = await readMeant(cli, selected, wish.patterns, wish.word);
    all.push({ selected, rows: rows.filter(wish.concerns ?? (() => true)) });
  }
  return cli.useClient(async (client) => {
    let worst: ExitCode = EXIT.ok;
    for (const meant of all) {
      const code = await giveToPipeline(cli, client, meant, wish);
      if (code !== EXIT.ok) worst = code;
    }
    return worst;
  });
}

async function giveToPipeline(
  cli: CliContext,
  client: SluiceClient,
  { selected, rows }: Meant,
  wish: TableCommand,
): Promise<ExitCode> {
  if (rows.length === 0) {
    cli.note(`${selected.name}: no table needs ${wish.word}.`);
    return EXIT.ok;
  }
  await send(client, selected, wish);
  const said = `${wish.word}: ${plural(rows.length, 'table')} of ${selected.name}`;
  if (wish.detach) {
    cli.print(pipelineId(selected.name));
    return EXIT.ok;
  }
  cli.note(said);
  const before = new Map(rows.map((row) => [row.tableId, row]));
  const code = await awaitTables(cli, {
    client,
    selected,
    patterns: wish.patterns,
    judge: (row) => {
      const former = before.get(row.tableId);
      return former === undefined ? 'done' : wish.judge(row, former);
    },
    timeoutMs: wish.timeoutMs,
  });
  if (code === EXIT.ok) cli.note(`${said}: done.`);
  return code;
}

async function send(
  client: SluiceClient,
  selected: SelectedPipeline,
  wish: TableCommand,
): Promise<void> {
  const targets = isWhole(selected) ? [null] : selected.targets;
  for (const target of targets) {
    for (const tables of wish.patterns) {
      const answer = await client.commandPipeline(selected.name, wish.command, {
        requestId: `cli-${randomUUID()}`,
        by: whoAmI(),
        reason: wish.reason,
        tables,
        target,
      });
      if (!answer.accepted) throw new SluiceError('COMMAND_INVALID', answer.message);
    }
  }
}

export function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return 'cli';
  }
}

/** A table that was quarantined already is at work again; one that is quarantined anew has failed. */
export function failedAnew(row: TableRow, before: TableRow | undefined): boolean {
  if (row.phase !== 'quarantined') return false;
  return before?.phaseSince.getTime() !== row.phaseSince.getTime();
}
