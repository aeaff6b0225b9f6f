// Writes what is generated from the config schema: config/schema.json and docs/configuration.md.
// Run: node tools/generate-docs.mjs (a unit test fails while either file is not current).
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { tsImport } from 'tsx/esm/api';

const load = (path) => tsImport(path, import.meta.url);
const { engineConfigs } = await load('../src/engines/registry.ts');
const { configJsonSchemaText } = await load('../src/config/json-schema.ts');
const { configReferenceDoc } = await load('../src/config/reference-doc.ts');

const root = new URL('../', import.meta.url);
const schemaFile = new URL('config/schema.json', root);
const style = await resolveConfig(schemaFile);
const schema = await format(configJsonSchemaText(engineConfigs), { ...style, parser: 'json' });
writeFileSync(schemaFile, schema);
writeFileSync(new URL('docs/configuration.md', root), configReferenceDoc(engineConfigs));
