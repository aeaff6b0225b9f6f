import type { Finding, Path } from '../issue.js';
import type { PipelineConfig, SluiceConfig } from '../schema.js';
import { mergeSettings } from '../effective-table.js';
import { matchTables, parseTableGlob } from '../table-glob.js';
import { formatTableName, parseTableName } from '../table-name.js';
import type { TableSettings } from '../table.js';
import type { DeepReadonly } from '../deep-freeze.js';

type Settings = DeepReadonly<TableSettings>;

/** What the settings need of each other, seen with everything that they inherit. */
function* together(own: Settings, effective: Settings): Generator<Finding> {
  const { mode, deletes, refresh } = effective;
  if ((mode === 'incremental' || mode === 'smart') && effective.watermark?.column === undefined) {
    const message = `${mode} needs a watermark; write watermark: { column: <a column that grows> }`;
    yield { path: own.mode === undefined ? [] : ['mode'], message };
  }
  if (deletes === 'softDeleteColumn' && effective.softDeleteColumn === undefined) {
    const message = 'needs softDeleteColumn: and the name of the column';
    yield { path: own.deletes === undefined ? [] : ['deletes'], message };
  }
  if (effective.onRowError === 'deadLetter') {
    const message = 'cannot be deadLetter yet; write quarantine, or remove it';
    yield { path: own.onRowError === undefined ? [] : ['onRowError'], message };
  }
  if (refresh !== undefined && (refresh.cron === undefined) === (refresh.every === undefined)) {
    const message = 'needs either cron or every; write exactly one of them';
    yield { path: own.refresh === undefined ? [] : ['refresh'], message };
  }
}

function* settingsOf(pipeline: PipelineConfig): Generator<Finding> {
  const seen = new Map<string, string>();
  const { include, exclude, settings } = pipeline.tables;
  for (const [pattern, own] of Object.entries(settings)) {
    const path: Path = ['tables', 'settings', pattern];
    const effective = mergeSettings(pipeline.defaults, own);
    for (const finding of together(own, effective)) {
      yield { ...finding, path: [...path, ...finding.path] };
    }
    const name = parseTableGlob(pattern)?.exact === true ? parseTableName(pattern) : undefined;
    if (name === undefined) continue;
    const text = formatTableName(name);
    const twin = seen.get(text);
    if (twin !== undefined) {
      yield { path, message: `means the same table as ${twin}; put both into one` };
    }
    seen.set(text, pattern);
    if (matchTables(include, exclude, [text]).length === 0) {
      const message =
        'has settings, but include and exclude leave it out; include it or remove them';
      yield { path, message, severity: 'warning' };
    }
  }
}

/** Defaults are judged by themselves only where no settings can complete them. */
function* defaultsOf(pipeline: PipelineConfig): Generator<Finding> {
  if (Object.keys(pipeline.tables.settings).length > 0) return;
  for (const finding of together(pipeline.defaults, pipeline.defaults)) {
    yield { ...finding, path: ['defaults', ...finding.path] };
  }
}

/** What table settings must be beyond the types of their keys. */
export function checkTables(config: SluiceConfig): Finding[] {
  return Object.entries(config.pipelines).flatMap(([name, pipeline]) =>
    [...settingsOf(pipeline), ...defaultsOf(pipeline)].map((finding) => ({
      ...finding,
      path: ['pipelines', name, ...finding.path],
    })),
  );
}
