import type { EngineConfigs } from '../engine-config.js';
import type { Finding, Path } from '../issue.js';
import { nearest } from '../nearest.js';
import { mentionsReference } from '../references.js';
import type { PipelineConfig, SluiceConfig } from '../schema.js';

/** A name that stands for no connection, with the one that may have been meant. */
export function unknownConnection(name: string, path: Path, config: SluiceConfig): Finding {
  const meant = nearest(name, Object.keys(config.connections));
  const remedy =
    meant === undefined
      ? 'declare it under connections'
      : `write ${meant}, the nearest one, or declare it under connections`;
  return { path, message: `names the connection ${name}, which is not declared; ${remedy}` };
}

/** Keys that another engine brought into the schema mean nothing to this one. */
function* foreignKeys(
  endpoint: object,
  part: 'source' | 'target',
  engineNames: readonly string[],
  engines: EngineConfigs,
): Generator<Finding> {
  const own = Object.assign({}, ...engineNames.map((name) => engines[name]?.[part])) as object;
  const others = Object.values(engines).flatMap((engine) => Object.keys(engine[part]));
  for (const key of Object.keys(endpoint)) {
    if (!others.includes(key) || key in own) continue;
    const known = Object.keys(own);
    const remedy =
      known.length === 0 ? 'remove it' : `remove it, or use one of ${known.join(', ')}`;
    yield {
      path: [key],
      message: `is not a key of a ${part} with engine ${engineNames[0] ?? ''}; ${remedy}`,
    };
  }
}

function* endpoint(
  value: { readonly connection: string },
  part: 'source' | 'target',
  pipeline: PipelineConfig,
  world: { readonly config: SluiceConfig; readonly engines: EngineConfigs },
): Generator<Finding> {
  const { config, engines } = world;
  const connection = config.connections[value.connection];
  if (connection === undefined) {
    yield unknownConnection(value.connection, ['connection'], config);
    return;
  }
  // A target may also name what it uses on its source.
  const source = config.connections[pipeline.source.connection]?.engine;
  const names = source === undefined ? [connection.engine] : [connection.engine, source];
  yield* foreignKeys(value, part, part === 'source' ? [connection.engine] : names, engines);
}

/** What only one reader may use cannot be named by two targets of the same source. */
function exclusive(config: SluiceConfig, engines: EngineConfigs): Finding[] {
  const taken = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [name, pipeline] of Object.entries(config.pipelines)) {
    const { connection } = pipeline.source;
    const keys = engines[config.connections[connection]?.engine ?? '']?.exclusiveTargetKeys ?? [];
    for (const [target, value] of Object.entries(pipeline.targets)) {
      for (const key of keys) {
        const thing: unknown = Reflect.get(value, key);
        if (typeof thing !== 'string') continue;
        const at = JSON.stringify([connection, key, thing]);
        const other = taken.get(at);
        taken.set(at, `${name}.${target}`);
        if (other === undefined) continue;
        const message = `is ${thing}, which the target ${other} uses already; give each target its own`;
        findings.push({ path: ['pipelines', name, 'targets', target, key], message });
      }
    }
  }
  return findings;
}

function* care(pipeline: PipelineConfig): Generator<Finding> {
  const { loadQuery, loadLimit } = pipeline.source.care;
  if (loadQuery !== undefined && loadLimit === undefined) {
    yield {
      path: ['source', 'care', 'loadQuery'],
      message: 'needs loadLimit; write the load above which copies pause',
    };
  }
  if (loadLimit !== undefined && loadQuery === undefined) {
    yield {
      path: ['source', 'care', 'loadLimit'],
      message: 'needs loadQuery; write a query that returns one number',
    };
  }
}

/**
 * A log that holds the changes of all tables in one order is read as a whole. And where each table
 * comes by itself, a row may come before the row of another table that it refers to.
 */
function* consistency(
  pipeline: PipelineConfig,
  { config, engines }: { readonly config: SluiceConfig; readonly engines: EngineConfigs },
): Generator<Finding> {
  const engine = engines[config.connections[pipeline.source.connection]?.engine ?? ''];
  if (pipeline.consistency !== 'table' || engine === undefined) return;
  if (engine.tableConsistency === true) {
    if (pipeline.foreignKeys !== 'enforce') return;
    const message =
      'cannot be table with foreignKeys: enforce, as a row may come before the one that it refers to; write foreignKeys: keep, or consistency: transaction';
    yield { path: ['consistency'], message };
    return;
  }
  yield {
    path: ['consistency'],
    message: `cannot be table for a source with ${engine.title}: its log is read as a whole, transaction by transaction; write transaction or remove it`,
  };
}

function* stray(value: unknown, path: Path): Generator<Finding> {
  if (typeof value === 'string' && mentionsReference(value)) {
    yield {
      path,
      message: 'has a ${ reference, and those work in connections only; write the value itself',
    };
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* stray(inner, [...path, key]);
  }
}

function prefixed(findings: Iterable<Finding>, path: Path): Finding[] {
  return [...findings].map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

/** What a pipeline's source and targets must be beyond the types of their keys. */
export function checkPipelines(config: SluiceConfig, engines: EngineConfigs): Finding[] {
  const world = { config, engines };
  const each = Object.entries(config.pipelines).flatMap(([name, pipeline]) => {
    const path = ['pipelines', name];
    const targets = Object.entries(pipeline.targets).flatMap(([target, value]) => {
      const at = [...path, 'targets', target];
      const findings = prefixed(endpoint(value, 'target', pipeline, world), at);
      if (value.connection === pipeline.source.connection) {
        const message = 'is the connection of the source; a target must be another database';
        findings.push({ path: [...at, 'connection'], message });
      }
      return findings;
    });
    const source = prefixed(endpoint(pipeline.source, 'source', pipeline, world), [
      ...path,
      'source',
    ]);
    return [
      ...source,
      ...targets,
      ...prefixed(care(pipeline), path),
      ...prefixed(consistency(pipeline, world), path),
      ...stray(pipeline, path),
    ];
  });
  return [...each, ...exclusive(config, engines)];
}
