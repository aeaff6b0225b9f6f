import type { EffectiveTable } from '../config/effective-table.js';
import { whyNoText, withTexts } from '../core/as-text.js';
import { displayName } from '../core/names.js';
import type { Finding, TableModel } from '../engines/contract/schema.js';

type Settings = Pick<EffectiveTable, 'key' | 'asText' | 'watermark' | 'softDeleteColumn'>;

/** The source's table with what the configuration says of it: `key:` where it declares none, `asText:`. */
export function configuredModel(model: TableModel, settings: Settings): TableModel {
  const { asText = [] } = settings;
  const key = model.key ?? settings.key ?? null;
  const { column } = settings.watermark;
  const bound = [
    ...(key ?? []),
    ...[column, settings.softDeleteColumn].filter((name) => name !== undefined),
  ];
  const faults = asText.flatMap((name) => {
    const why = whyNoText(model.neutral, name, bound);
    return why === null ? [] : [noText(model, name, why)];
  });
  return {
    ...model,
    key,
    neutral: withTexts(model.neutral, asText),
    findings: [...model.findings, ...faults],
  };
}

function noText({ name }: TableModel, column: string, why: string): Finding {
  return {
    severity: 'error',
    code: 'table.as-text',
    subject: displayName(name),
    message: `Column ${column} of ${displayName(name)} cannot travel as text: ${why}.`,
    remedy: `Take ${column} out of asText.`,
  };
}
