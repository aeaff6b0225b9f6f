import { z } from 'zod';
import { DURATION_PATTERN_TEXT } from './duration.js';
import type { EngineConfigs } from './engine-config.js';
import { SIZE_PATTERN_TEXT } from './size.js';
import { buildConfigSchema } from './schema.js';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Editors offer these on an empty value. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  [DURATION_PATTERN_TEXT]: ['30s', '5m', '1h', '7d'],
  [SIZE_PATTERN_TEXT]: ['64MB', '1GB', '10GB'],
};

/** A default that is a phrase ("the primary key") is not a value that an editor may insert. */
function isValue(schema: JsonSchema, fallback: unknown): boolean {
  if (typeof fallback !== 'string') return true;
  if (schema.pattern !== undefined) return new RegExp(schema.pattern).test(fallback);
  if (schema.enum !== undefined) return schema.enum.includes(fallback);
  return schema.type === 'string' && !fallback.includes(' ');
}

function finish(schema: JsonSchema): void {
  const written: unknown = schema.writtenDefault;
  delete schema.writtenDefault;
  if (written !== undefined && isValue(schema, written)) schema.default = written;
  else if (written !== undefined) schema['x-default'] = written;
  const examples = EXAMPLES[schema.pattern ?? ''];
  if (examples !== undefined) schema.examples = [...examples];
}

/** What a config file may hold, for editors; `config/schema.json` is this, checked by a test. */
export function configJsonSchema(engines: EngineConfigs): JsonSchema {
  return z.toJSONSchema(buildConfigSchema(engines), {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => finish(jsonSchema),
  });
}

/** The committed file's exact text. */
export function configJsonSchemaText(engines: EngineConfigs): string {
  return `${JSON.stringify(configJsonSchema(engines), null, 2)}\n`;
}
