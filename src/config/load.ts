import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { SluiceError } from '../core/errors.js';
import { checkConnections } from './checks/connections.js';
import { checkPipelines } from './checks/pipelines.js';
import { checkTables } from './checks/tables.js';
import { deepFreeze } from './deep-freeze.js';
import { parseConfigText } from './document.js';
import type { EngineConfigs } from './engine-config.js';
import { explainIssues } from './explain-zod.js';
import type { FindOptions } from './find-files.js';
import { findConfigFiles } from './find-files.js';
import type { ConfigIssue, Finding } from './issue.js';
import { formatIssue, formatPath } from './issue.js';
import type { MergedConfig } from './merge.js';
import { mergeDocuments } from './merge.js';
import type { SluiceConfig } from './schema.js';
import { buildConfigSchema } from './schema.js';
import type { SkippedFile } from './select-documents.js';
import { selectDocuments } from './select-documents.js';

export interface LoadOptions extends FindOptions {
  readonly engines: EngineConfigs;
}

/** The outcome of reading a config, good or bad; `config` is there when no issue is an error. */
export interface ConfigReading {
  readonly config?: SluiceConfig;
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly issues: readonly ConfigIssue[];
  readonly merged: MergedConfig;
}

export type LoadedConfig = ConfigReading & { readonly config: SluiceConfig };

/** CONFIG_INVALID with every issue as a value too, for `--json` and the dashboard. */
export class ConfigInvalidError extends SluiceError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const count = issues.length === 1 ? 'an error' : `${issues.length} errors`;
    super('CONFIG_INVALID', `The config has ${count}:\n${issues.map(formatIssue).join('\n')}`, {
      remedy:
        'Correct the lines named; sluice config validate checks them without starting anything.',
    });
    this.issues = issues;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new SluiceError('CONFIG_NOT_FOUND', `The config file ${file} cannot be read.`, {
      remedy: 'Check that it exists and that this user may read it.',
      cause,
    });
  }
}

function place(finding: Finding, merged: MergedConfig): ConfigIssue {
  const { file, line, column } = merged.locate(finding.path);
  const { message, severity = 'error' } = finding;
  return { file, line, column, path: formatPath(finding.path), message, severity };
}

/** Checks a merged value; pure. */
export function checkConfig(
  merged: MergedConfig,
  engines: EngineConfigs,
): { config?: SluiceConfig; issues: ConfigIssue[] } {
  if (merged.issues.some((issue) => issue.path === '')) return { issues: [...merged.issues] };
  const schema = buildConfigSchema(engines);
  const parsed = schema.safeParse(merged.value);
  // mergeDocuments has already said, per file, what is wrong at these paths.
  const told = new Set(merged.issues.map((issue) => issue.path));
  const located = (findings: readonly Finding[]) =>
    findings.map((finding) => place(finding, merged)).filter((issue) => !told.has(issue.path));
  if (!parsed.success) {
    const findings = explainIssues(schema, parsed.error.issues, merged.value);
    return { issues: [...merged.issues, ...located(findings)] };
  }
  const config: SluiceConfig = deepFreeze(parsed.data);
  const findings = [
    ...checkConnections(config, engines),
    ...checkPipelines(config, engines),
    ...checkTables(config),
  ];
  const issues = [...merged.issues, ...located(findings)];
  return issues.some((issue) => issue.severity === 'error') ? { issues } : { config, issues };
}

/**
 * Finds, reads and checks the config without throwing for what is wrong inside it.
 * Throws CONFIG_NOT_FOUND when there is none.
 */
export function readConfig(options: LoadOptions): ConfigReading {
  const cwd = options.cwd ?? process.cwd();
  const found = findConfigFiles(options);
  const read = found.files.map((file) => {
    const text = readText(file);
    const name = relative(cwd, file).startsWith('..') ? file : relative(cwd, file);
    return { text, document: parseConfigText(name, text) };
  });
  const { documents, skipped } = found.folder
    ? selectDocuments(read, found.selective)
    : { documents: read.map(({ document }) => document), skipped: [] };
  if (documents.length === 0) {
    const seen = skipped.map(({ file, reason }) => `${file}: ${reason}`).join('; ');
    throw new SluiceError(
      'CONFIG_NOT_FOUND',
      `The folder holds no config${seen === '' ? '' : ` (${seen})`}.`,
      { remedy: 'Run sluice init to write one, or name a file with --config or SLUICE_CONFIG.' },
    );
  }
  const merged = mergeDocuments(documents);
  const files = documents.map(({ file }) => file);
  return { files, skipped, merged, ...checkConfig(merged, options.engines) };
}

/** The config, ready to use. Throws CONFIG_NOT_FOUND, or CONFIG_INVALID naming every error. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const reading = readConfig(options);
  const { config } = reading;
  if (config === undefined) {
    throw new ConfigInvalidError(reading.issues.filter((issue) => issue.severity === 'error'));
  }
  return { ...reading, config };
}
