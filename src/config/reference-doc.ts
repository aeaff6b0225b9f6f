import type { EngineConfigs } from './engine-config.js';
import { DURATION_PATTERN_TEXT } from './duration.js';
import type { JsonSchema } from './json-schema.js';
import { configJsonSchema } from './json-schema.js';
import { SIZE_PATTERN_TEXT } from './size.js';

type Schema = JsonSchema | boolean | undefined;

const INTRODUCTION = `# Configuration

<!-- Generated from src/config by tools/generate-docs.mjs; edit the descriptions there. -->

A config is YAML or JSON. It is found by \`--config\`, then \`SLUICE_CONFIG\` (both a file or a folder), then \`./sluice.yaml\`, then \`./config/\`. In a folder, all \`*.yaml\`, \`*.yml\` and \`*.json\` files count together; a connection or pipeline declared twice is an error, and folders inside are not entered. A file with \`example: true\` is passed over there, so the examples that come with Sluice never start by accident; copy one and remove that line. In \`./config/\`, which nobody named, only files that declare \`pipelines\` (or \`version\` and \`connections\`) are read. \`sluice config validate\` names the files passed over.

- **Durations** are a whole number and a unit: \`250ms\`, \`30s\`, \`5m\`, \`1h\`, \`7d\`. **Sizes**: \`100B\`, \`64KB\`, \`512MB\`, \`10GB\`, \`1TB\`; 1KB is 1,024 bytes. Bare numbers are refused for both.
- **Secrets** are references, in any value of a connection: \`\${VARIABLE}\`, \`\${VARIABLE:-default}\` (when not set or empty), \`\${file:/path}\`; \`$\${\` stands for the characters themselves. They are read again at every connect: environment first, then \`.env\` in the working folder. A literal password is refused.
- **Tables** are \`schema.table\`, with \`*\` and \`?\`; matching is case-sensitive. A part with a dot, a quote or a space is put in double quotes, where wildcards are ordinary characters: \`"we.ird"."ta ble"\`.
- **Settings of a table** come from the defaults below, then the pipeline's \`verification\` and \`parkedMax\`, then its \`defaults\`, then every matching pattern in \`tables.settings\` in the order of the file, then the exact name. Groups such as \`chunk\` are merged key by key, lists and \`refresh\` are replaced.
- **Connections**: a written key wins over the URL, the URL over the default.
`;

function resolve(schema: Schema, root: JsonSchema): JsonSchema {
  if (schema === undefined || typeof schema === 'boolean') return {};
  const name = /^#\/(?:definitions|\$defs)\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : (definitionsOf(root)[name] ?? {});
}

function definitionsOf(root: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (root.definitions ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
}

function scalarType(schema: JsonSchema): string {
  if (schema.pattern === DURATION_PATTERN_TEXT) return 'duration';
  if (schema.pattern === SIZE_PATTERN_TEXT) return 'size';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.type === 'integer')
    return `whole number, ${String(schema.minimum)} to ${String(schema.maximum)}`;
  if (schema.type === 'string') return 'text';
  const types = [schema.type ?? 'any'].flat().map(String);
  return types.join(' or ').replace('boolean', 'true or false').replace('string', 'text');
}

function typeText(given: Schema, root: JsonSchema): string {
  const schema = resolve(given, root);
  const inner = (part: Schema) => typeText(part, root);
  const all = schema.allOf?.[0];
  if (all !== undefined) return inner(all);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(inner))].join(' or ');
  if (schema.properties !== undefined && schema.title !== undefined) {
    return `[${schema.title}](#${anchor(schema.title)})`;
  }
  if (schema.type === 'array') return `list of ${inner(schema.items as Schema)}`;
  if (schema.type === 'object') return `map of name to ${inner(schema.additionalProperties)}`;
  return scalarType(schema);
}

function defaultText(schema: JsonSchema, required: boolean): string {
  const value: unknown = schema.default;
  const phrase: unknown = schema['x-default'];
  if (typeof phrase === 'string') return /[<]/.test(phrase) ? `\`${phrase}\`` : phrase;
  if (value !== undefined) {
    const group = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (group) return 'see there';
    if (typeof value === 'object') return '';
    return `\`${JSON.stringify(value).replaceAll('"', '')}\``;
  }
  return required ? '(required)' : '';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function section(definition: JsonSchema, root: JsonSchema): string {
  const required = new Set(definition.required ?? []);
  const rows = Object.entries(definition.properties ?? {}).map(([key, property]) => {
    const schema = typeof property === 'boolean' ? {} : property;
    const meaning = schema.description ?? resolve(property, root).description ?? '';
    const cells = [
      `\`${key}\``,
      typeText(property, root),
      defaultText(schema, required.has(key)),
      meaning,
    ];
    return `| ${cells.map(escapeCell).join(' | ')} |`;
  });
  const head = ['| key | type | default | meaning |', '| --- | --- | --- | --- |'];
  return [`## ${definition.title ?? ''}`, '', ...head, ...rows, ''].join('\n');
}

/** docs/configuration.md: one table per section, from the schema; a test keeps the file current. */
export function configReferenceDoc(engines: EngineConfigs): string {
  const root = configJsonSchema(engines);
  const sections = Object.values(definitionsOf(root))
    .filter((definition) => definition.properties !== undefined)
    .map((definition) => section(definition, root));
  return `${[INTRODUCTION, ...sections].join('\n').trimEnd()}\n`;
}
