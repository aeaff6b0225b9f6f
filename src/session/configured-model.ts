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
  const judged = asText.map((name) => ({ name, why: whyNoText(model.neutral, name, bound) }));
  const texts = judged.filter(({ why }) => why === null).map(({ name }) => name);
  return {
    ...model,
    key,
    neutral: withTexts(model.neutral, texts),
    findings: [
      ...model.findings,
      ...judged.flatMap(({ name, why }) => (why === null ? [] : [noText(model, name, why)])),
      ...texts.flatMap((name) => absent(model, name)),
    ],
  };
}

/** A pattern may name it for other tables; a slip of the pen looks the same. */
function absent({ name, neutral }: TableModel, column: string): Finding[] {
  if (neutral.columns.some((one) => one.name === column)) return [];
  const subject = displayName(name);
  const message = `${subject} has no column ${column}, which asText names.`;
  return [{ severity: 'info', code: 'table.as-text', subject, message }];
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
