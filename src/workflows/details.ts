/** The texts at the top of a workflow's page in the Web UI, in Markdown. Names and counts only. */
import {
  laneNumbers,
  type ApplyResult,
  type LaneRef,
  type PipelineFacts,
  type TableFacts,
} from '../core/protocol.js';

/** Also where the sandbox has no locale: 1234567 is 1,234,567. */
function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

export function tableDetails(facts: TableFacts, target: string, step: string): string {
  const { name, phase, epoch, rowsCopied, rowsEstimated, wanted, enabled } = facts;
  const total = rowsEstimated === null ? '' : ` of about ${count(rowsEstimated)}`;
  const asked = enabled ? `wanted: ${wanted}` : 'switched off in the configuration';
  return [
    `### ${name} → ${target}`,
    `**${phase}** · epoch ${epoch} · mode ${facts.mode} · ${asked}`,
    `- rows copied in this epoch: ${count(rowsCopied)}${total}`,
    `- doing: ${step}`,
    ...(facts.faultCode === null ? [] : [`- fault: **${facts.faultCode}**`]),
  ].join('\n');
}

export function pipelineDetails(pipeline: string, facts: PipelineFacts): string {
  const rows = facts.targets.map(
    ({ target, tables, lanes, enabled }) =>
      `| ${target} | ${tables} | ${laneNumbers({ lanes }).length} | ${enabled ? 'on' : 'switched off'} |`,
  );
  return [
    `### Pipeline ${pipeline}`,
    `revision \`${facts.revision}\`${facts.enabled ? '' : ' · **switched off**'}`,
    '',
    '| target | tables | lanes | |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

export function laneDetails(
  { target, n }: LaneRef,
  what: string,
  last: ApplyResult | null,
): string {
  const counts =
    last === null
      ? []
      : [
          `- last round: ${count(last.changes)} changes of ${count(last.transactions)} transactions`,
        ];
  return [`### Changes → ${target} (lane ${n})`, `**${what}**`, ...counts].join('\n');
}
