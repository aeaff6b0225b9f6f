import { parseTableGlob } from '../config/table-glob.js';
import { nearest } from '../config/nearest.js';
import type { PipelineConfig, SluiceConfig } from '../config/schema.js';
import { SluiceError } from '../core/errors.js';

export interface Selection {
  readonly pipeline?: string;
  readonly source?: string;
  readonly target?: string;
}

export interface SelectedPipeline {
  readonly name: string;
  readonly config: PipelineConfig;
  readonly targets: readonly string[];
}

/** Whether a name or glob that a person typed means this name. */
export function matchesName(pattern: string, name: string): boolean {
  const glob = parseTableGlob(`x.${pattern}`);
  return glob?.matches({ schema: 'x', table: name }) ?? pattern === name;
}

/**
 * The pipelines and targets that `--pipeline`, `--source` (the name of a connection) and `--target`
 * mean; all of them where nothing is said. Throws PIPELINE_UNKNOWN or TARGET_UNKNOWN.
 */
export function selectPipelines(config: SluiceConfig, wanted: Selection): SelectedPipeline[] {
  const named = Object.entries(config.pipelines).filter(
    ([name]) => wanted.pipeline === undefined || matchesName(wanted.pipeline, name),
  );
  if (named.length === 0) throw unknownPipeline(config, wanted.pipeline);
  const fed = named.filter(
    ([, pipeline]) =>
      wanted.source === undefined || matchesName(wanted.source, pipeline.source.connection),
  );
  if (fed.length === 0) throw unknownSource(config, wanted.source ?? '');
  const selected = fed.map(([name, pipeline]) => ({
    name,
    config: pipeline,
    targets: Object.keys(pipeline.targets).filter(
      (target) => wanted.target === undefined || matchesName(wanted.target, target),
    ),
  }));
  const withTargets = selected.filter((one) => one.targets.length > 0);
  if (withTargets.length === 0) throw unknownTarget(selected, wanted.target ?? '');
  return withTargets;
}

/** For commands that act: one pipeline unless `--pipeline` names several on purpose. */
export function selectForAction(config: SluiceConfig, wanted: Selection): SelectedPipeline[] {
  const selected = selectPipelines(config, wanted);
  if (selected.length > 1 && wanted.pipeline === undefined) {
    const names = selected.map((one) => one.name).join(', ');
    throw new SluiceError('PIPELINE_UNKNOWN', `Several pipelines are meant: ${names}.`, {
      remedy: "Name one with --pipeline, or all of them with --pipeline '*'.",
    });
  }
  return selected;
}

/** All targets are meant. */
export function isWhole({ config, targets }: SelectedPipeline): boolean {
  return targets.length === Object.keys(config.targets).length;
}

/** For commands that act on a pipeline with all its targets, and on no part of it. */
export function selectWhole(
  config: SluiceConfig,
  wanted: Selection,
  word: string,
): SelectedPipeline[] {
  const selected = selectForAction(config, wanted);
  const part = selected.find((one) => !isWhole(one));
  if (part === undefined) return selected;
  const message = `${word} is for the pipeline ${part.name} with all its targets.`;
  throw new SluiceError('COMMAND_INVALID', message, {
    remedy:
      `Leave --target out. sluice pause '*' --target ${wanted.target ?? ''} lets the tables of ` +
      'that target alone rest, and sluice resume lets them go on.',
  });
}

/** For commands that can serve only one. */
export function selectOne(config: SluiceConfig, wanted: Selection): SelectedPipeline {
  const [first, ...others] = selectPipelines(config, wanted);
  if (first !== undefined && others.length === 0) return first;
  const names = Object.keys(config.pipelines).join(', ');
  throw new SluiceError('PIPELINE_UNKNOWN', `Several pipelines are meant: ${names}.`, {
    remedy: 'Name one with --pipeline.',
  });
}

function unknownPipeline(config: SluiceConfig, wanted = ''): SluiceError {
  const known = Object.keys(config.pipelines);
  const meant = nearest(wanted, known);
  if (known.length === 0 && config.controlTables !== undefined) {
    return new SluiceError(
      'PIPELINE_UNKNOWN',
      'No row of the control tables declares a pipeline.',
      {
        remedy: 'Insert one into source_servers and one into table_mappings.',
      },
    );
  }
  return new SluiceError('PIPELINE_UNKNOWN', `There is no pipeline "${wanted}".`, {
    remedy:
      meant === undefined
        ? 'The configuration declares none; sluice init writes one.'
        : `Did you mean ${meant}? The configuration declares: ${known.join(', ')}.`,
  });
}

function unknownSource(config: SluiceConfig, wanted: string): SluiceError {
  const known = Object.values(config.pipelines).map((one) => one.source.connection);
  return new SluiceError('PIPELINE_UNKNOWN', `No pipeline reads from "${wanted}".`, {
    remedy: `Sources are: ${[...new Set(known)].join(', ')}.`,
  });
}

function unknownTarget(selected: readonly SelectedPipeline[], wanted: string): SluiceError {
  const known = selected.flatMap((one) => Object.keys(one.config.targets));
  return new SluiceError('TARGET_UNKNOWN', `No target is called "${wanted}".`, {
    remedy: `Targets are: ${[...new Set(known)].join(', ')}.`,
  });
}
