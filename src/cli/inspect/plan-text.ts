import { bytesText, countText, durationText, plural } from '../text/amounts.js';
import { columns } from '../text/columns.js';
import type { Style } from '../text/style.js';
import { findingText } from './finding.js';
import type { Plan, TablePlan, TargetPlan } from './plan.js';
import { ASSUMED_BYTES_PER_SECOND } from './plan.js';

/** The rest is in `check`. */
const MOST_DIFFERENCES = 20;

export function planText(plan: Plan, style: Style): string {
  const parts = [style.bold(plan.pipeline)];
  for (const target of plan.targets) parts.push(targetText(target, style));
  if (plan.obstacles.length > 0) {
    parts.push(style.red(`In the way: ${plural(plan.obstacles.length, 'obstacle')}`));
    for (const finding of plan.obstacles) parts.push(`  ${findingText(finding, style)}`);
  }
  return parts.join('\n');
}

function targetText(target: TargetPlan, style: Style): string {
  const lines = [`→ ${style.bold(target.target)}`];
  for (const thing of target.creates) lines.push(`  ${style.green('creates')} ${thing}`);
  for (const thing of target.drops) lines.push(`  ${style.yellow('drops')} ${thing}`);
  for (const difference of target.differences.slice(0, MOST_DIFFERENCES)) {
    lines.push(`  ${style.yellow('differs')} ${difference}`);
  }
  const more = target.differences.length - MOST_DIFFERENCES;
  if (more > 0) lines.push(`  ${style.dim(`and ${countText(more)} more: see check`)}`);
  if (target.tables.length > 0) {
    const head = ['table', 'action', 'rows', 'size', 'mode', 'load'].map((word) => style.dim(word));
    const rows = target.tables.map((table) => cells(table, style));
    lines.push(
      ...columns([head, ...rows])
        .split('\n')
        .map((line) => `  ${line}`),
    );
  }
  lines.push(`  ${totalText(target)}`);
  return lines.join('\n');
}

function cells(table: TablePlan, style: Style): string[] {
  const renamed = table.targetTable === table.table ? '' : ` → ${table.targetTable}`;
  return [
    `${table.table}${renamed}`,
    table.action === 'obstacle' ? style.red(table.action) : table.action,
    `~${countText(table.rows)}`,
    bytesText(table.bytes),
    `${table.mode} ${style.dim(`(${table.modeReason})`)}`,
    `${table.load} ${style.dim(`(${table.loadReason})`)}`,
  ];
}

function totalText(target: TargetPlan): string {
  if (target.rows === 0 && target.bytes === 0) return 'Nothing of any size has to be copied.';
  const speed = bytesText(ASSUMED_BYTES_PER_SECOND);
  return (
    `About ${countText(target.rows)} rows, ${bytesText(target.bytes)}; up to ` +
    `${bytesText(target.roomBytes)} of room on the target` +
    `${target.freeBytes === null ? '' : ` (${bytesText(target.freeBytes)} free)`} and ` +
    `${bytesText(target.logBytes)} of log; ` +
    `about ${durationText(target.seconds * 1000)} at ${speed}/s.`
  );
}
