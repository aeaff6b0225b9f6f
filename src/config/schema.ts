import { z } from 'zod';
import { controlTablesSchema } from './control-tables/schema.js';
import type { controlTablesBase } from './control-tables/schema.js';
import type { DeepReadonly } from './deep-freeze.js';
import { connectionShape } from './connection.js';
import type { connectionBase } from './connection.js';
import { flag, optionalKey } from './key.js';
import { sourceSchema, targetsSchema } from './endpoints.js';
import type { sourceBase, targetBase } from './endpoints.js';
import type { EngineConfig, EngineConfigs } from './engine-config.js';
import { objectName } from './names.js';
import { pipelineShape } from './pipeline.js';
import type { pipelineBase } from './pipeline.js';

/**
 * A connection as written, references unresolved and nothing filled in: `resolveConnection` does
 * both. The engine's own keys are present too; the engine reads them with its own part of the schema.
 */
export type ConnectionConfig = DeepReadonly<z.output<typeof connectionBase>>;
export type SourceConfig = DeepReadonly<z.output<typeof sourceBase>>;
export type TargetConfig = DeepReadonly<z.output<typeof targetBase>>;

/** A pipeline with its defaults filled in; a table's settings come from `effectiveTable`. */
export type PipelineConfig = DeepReadonly<z.output<typeof pipelineBase>> & {
  readonly source: SourceConfig;
  readonly targets: Readonly<Record<string, TargetConfig>>;
};

export type ControlTablesConfig = DeepReadonly<z.output<typeof controlTablesBase>>;

/** The whole config: frozen, references unresolved. Durations are milliseconds, sizes bytes. */
export interface SluiceConfig {
  readonly version: 1;
  readonly connections: Readonly<Record<string, ConnectionConfig>>;
  readonly pipelines: Readonly<Record<string, PipelineConfig>>;
  readonly controlTables?: ControlTablesConfig;
}

type Part = 'source' | 'target';

function keysOf(engines: readonly EngineConfig[], part: Part): z.core.$ZodLooseShape {
  return Object.assign({}, ...engines.map((engine) => engine[part])) as z.core.$ZodLooseShape;
}

function connectionSchema(engines: EngineConfigs) {
  const [first, ...rest] = Object.entries(engines).map(([name, engine]) =>
    z
      .strictObject({
        engine: z.literal(name).describe('Which kind of server it is.'),
        ...connectionShape,
        ...engine.connection,
      })
      .meta({ id: `Connection_${name}`, title: `Connection to ${engine.title}` }),
  );
  if (first === undefined) throw new TypeError('buildConfigSchema needs at least one engine');
  return z.discriminatedUnion('engine', [first, ...rest]);
}

const built = new WeakMap<EngineConfigs, z.ZodType<SluiceConfig>>();

/** The same as `buildConfigSchema`, made once: a worker reads its config every second. */
export function configSchema(engines: EngineConfigs): z.ZodType<SluiceConfig> {
  const known = built.get(engines);
  if (known !== undefined) return known;
  const schema = buildConfigSchema(engines);
  built.set(engines, schema);
  return schema;
}

/**
 * The schema of a config file for the engines given. Source keys of all engines are allowed here;
 * whether one fits the connection's engine is a check between sections (checks/).
 */
export function buildConfigSchema(engines: EngineConfigs): z.ZodType<SluiceConfig> {
  const all = Object.values(engines);
  const withTables = all.filter((engine) => engine.controlTables === true);
  const pipeline = z
    .strictObject({
      source: sourceSchema(keysOf(all, 'source')).meta({
        description: 'Where rows come from: the name of a connection, or an object.',
      }),
      targets: targetsSchema(keysOf(all, 'target')).meta({
        description: 'Where rows go: names of connections, or a map from target name to object.',
      }),
      ...pipelineShape,
    })
    .meta({ id: 'Pipeline', title: 'Pipeline' });
  const config = z
    .strictObject({
      version: z
        .literal(1, { error: 'is not a version that this release reads; write version: 1' })
        .describe('Version of this format.'),
      $schema: optionalKey(z.string(), 'Where editors find the schema, in JSON files.'),
      example: optionalKey(
        flag(),
        'true marks an example: it is passed over when a folder is read, and loads when named.',
      ),
      connections: z
        .record(objectName('connection'), connectionSchema(engines))
        .describe('Name to connection.'),
      pipelines: z
        .prefault(z.record(objectName('pipeline'), pipeline), {})
        .describe('Name to pipeline. Needed unless controlTables is there.'),
      controlTables: optionalKey(
        controlTablesSchema(keysOf(withTables, 'source'), keysOf(withTables, 'target')),
        'A database whose tables say in SQL what else to replicate.',
      ),
    })
    .meta({ id: 'Config', title: 'Config file' });
  // The engines' keys are only known at run time, so the type is stated: zod has checked the value.
  return config as z.ZodType as z.ZodType<SluiceConfig>;
}
