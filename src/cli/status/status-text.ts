/** The status as text for people; pure. */
import { agoText, bytesText, countText, durationText } from '../text/amounts.js';
import { columns } from '../text/columns.js';
import { shortList } from '../text/short-list.js';
import type { Style } from '../text/style.js';
import type { Lag } from './lag.js';
import type { Health, PipelineStatus, TableStatus, TargetStatus } from './table-status.js';
import type { Why } from './why.js';

export function statusText(status: PipelineStatus, style: Style): string {
  const head = `${style.bold(status.pipeline)}  ${paintHealth(status.health, style)}  ${activity(status)}`;
  const now = new Date(status.at);
  const targets = status.targets.map((target) => targetText(target, now, style));
  const notices = status.notices.map((notice) => whyText(notice, style));
  const body = [...targets, ...notices].join('\n');
  // Mostly a target or its tables say it; where they say something else, it is said by itself.
  const untold = status.problems.filter(({ message }) => !body.includes(message));
  return [head, ...untold.map((problem) => whyText(problem, style)), body].join('\n');
}

function activity(status: PipelineStatus): string {
  if (status.running === null) return 'whether it runs is not known';
  if (!status.running) return 'not running';
  const workers = status.workers === null ? '' : `, ${countText(status.workers)} worker(s)`;
  return `running${workers}`;
}

function targetText(target: TargetStatus, now: Date, style: Style): string {
  const lines = [`→ ${style.bold(target.target)}  lag ${lagText(target.lag)}`];
  if (target.why !== null) lines.push(indent(whyText(target.why, style)));
  if (target.tables.length > 0) {
    const head = ['table', 'phase', 'since', 'rows', 'lag', 'verified'].map((word) =>
      style.dim(word),
    );
    lines.push(
      indent(columns([head, ...target.tables.map((table) => tableCells(table, now, style))])),
    );
  }
  lines.push(...grouped(target.tables, ({ why }) => why, style).map(indent));
  lines.push(...grouped(target.tables, ({ remark }) => remark, style).map(indent));
  if (target.notWhole.length > 0) lines.push(indent(notWholeText(target.notWhole, style)));
  return lines.join('\n');
}

function tableCells(table: TableStatus, now: Date, style: Style): string[] {
  return [
    table.table,
    paintPhase(table, style),
    durationText(now.getTime() - Date.parse(table.since)),
    rowsText(table),
    table.watermark === null ? lagText(table.lag) : `up to ${table.watermark}`,
    verifiedText(table, now, style),
  ];
}

export function rowsText(table: TableStatus): string {
  const { copied, estimated, secondsLeft } = table.rows;
  if (table.phase !== 'fullSync') return countText(copied);
  if (estimated === null || estimated <= 0) return `${countText(copied)} copied`;
  const percent = Math.min(99, Math.floor((copied / estimated) * 100));
  const left = secondsLeft === null ? '' : `, ${durationText(secondsLeft * 1000)} left`;
  return `${countText(copied)} of ~${countText(estimated)} (${String(percent)} %${left})`;
}

export function lagText(lag: Lag | null): string {
  if (lag === null) return '-';
  if (lag.seconds === 0) return '0s';
  const bytes = lag.bytes === null ? '' : ` (${bytesText(lag.bytes)})`;
  return `≤ ${durationText(Math.max(1, lag.seconds) * 1000)}${bytes}`;
}

function verifiedText(table: TableStatus, now: Date, style: Style): string {
  if (table.verification === null) return style.dim(table.mode === 'full' ? '-' : 'not yet');
  const { result, at } = table.verification;
  const open = result === 'unsettled' ? style.yellow(result) : style.red(result);
  const painted = result === 'passed' ? style.green(result) : open;
  return `${painted} ${agoText(new Date(at), now)}`;
}

function notWholeText(tables: readonly string[], style: Style): string {
  return `${style.yellow('Not transactionally whole')}: transactions arrive without the part of ${shortList(tables)}.`;
}

/** One line per sentence, with the tables that share it. */
function grouped(
  tables: readonly TableStatus[],
  sentenceOf: (table: TableStatus) => Why | null,
  style: Style,
): string[] {
  const groups = new Map<string, string[]>();
  for (const table of tables) {
    const sentence = sentenceOf(table);
    if (sentence === null) continue;
    const text = whyText(sentence, style);
    groups.set(text, [...(groups.get(text) ?? []), table.table]);
  }
  return [...groups].map(([text, names]) => {
    return `${style.bold(shortList(names))}: ${text}`;
  });
}

function whyText(why: Why, style: Style): string {
  const remedy = why.remedy === null ? '' : ` ${why.remedy}`;
  return `${style.yellow(why.message)}${remedy}`;
}

function paintHealth(health: Health, style: Style): string {
  if (health === 'ok') return style.green(health);
  return health === 'degraded' ? style.red(health) : style.yellow(health);
}

function paintPhase(table: TableStatus, style: Style): string {
  if (table.phase === 'quarantined') return style.red(table.phase);
  return table.phase === 'streaming' ? style.green(table.phase) : style.yellow(table.phase);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
