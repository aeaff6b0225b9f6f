/** Workflow ids, queues and names that people type: one place. */

export const TASK_QUEUES = {
  control: 'sluice',
  copy: 'sluice-copy',
  stream: 'sluice-stream',
  verify: 'sluice-verify',
} as const;

export function pipelineId(pipeline: string): string {
  return `sluice/${pipeline}`;
}

export function tableId(ref: { pipeline: string; target: string; slug: string }): string {
  return `${pipelineId(ref.pipeline)}/${ref.target}/t/${ref.slug}`;
}

export function fullSyncId(ref: {
  pipeline: string;
  target: string;
  slug: string;
  epoch: string;
}): string {
  return `${tableId(ref)}/full/${ref.epoch}`;
}

export function laneId(ref: { pipeline: string; target: string; n: number }): string {
  return `${pipelineId(ref.pipeline)}/${ref.target}/lane/${ref.n}`;
}

/** `time` is compact text such as 20260131T120000; a Schedule appends its own. */
export function verificationId(pipeline: string, time: string): string {
  return `${pipelineId(pipeline)}/run/verify/${time}`;
}

export function refreshId(pipeline: string, time: string): string {
  return `${pipelineId(pipeline)}/run/refresh/${time}`;
}

/** Of one target, or of the whole pipeline. */
export function scheduleId(ref: { pipeline: string; kind: string; target?: string }): string {
  const whole = `${pipelineId(ref.pipeline)}/schedule/${ref.kind}`;
  return ref.target === undefined ? whole : `${whole}/${ref.target}`;
}
