import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { SluiceError } from '../core/errors.js';
import type { ControlContent } from '../engines/contract/control-tables.js';
import { checkConnections } from './checks/connections.js';
import { checkInclude } from './checks/include.js';
import { checkControlTables } from './checks/control-tables.js';
import { checkPipelines } from './checks/pipelines.js';
import { checkTables } from './checks/tables.js';
import type { ControlPipeline, MadePipeline } from './control-tables/made.js';
import { makePipelines, NOTHING_MADE } from './control-tables/made.js';
import type { RowIssue } from './control-tables/row-problem.js';
import { deepFreeze } from './deep-freeze.js';
import type { ConfigDocument } from './document.js';
import { parseConfigText } from './document.js';
import type { EngineConfigs } from './engine-config.js';
import { explainIssues } from './explain-zod.js';
import type { FindOptions, FoundFiles } from './find-files.js';
import { findConfigFiles } from './find-files.js';
import type { ConfigIssue, Finding } from './issue.js';
import { formatIssue, formatPath } from './issue.js';
import type { MergedConfig } from './merge.js';
import { mergeDocuments } from './merge.js';
import type { SluiceConfig } from './schema.js';
import { configSchema } from './schema.js';
import type { SkippedFile } from './select-documents.js';
import { selectDocuments } from './select-documents.js';

export interface LoadOptions extends FindOptions {
  readonly engines: EngineConfigs;
  /** What the control tables said last; absent: nothing is known of them. */
  readonly control?: ControlContent | undefined;
  /** Where the last reading is kept: one of the same texts and rows is not made again. */
  readonly cache?: ConfigCache | undefined;
}

export interface ConfigCache {
  last?: {
    readonly key: string;
    readonly control: ControlContent | undefined;
    readonly reading: ConfigReading;
  };
}

/**
 * The outcome of reading a config, good or bad; `config` is there when no issue of a file is an
 * error. What is wrong with a row of control tables leaves out what that row asks for.
 */
export interface ConfigReading {
  readonly config?: SluiceConfig;
  /** The pipelines of it that rows declare. */
  readonly controlPipelines: readonly ControlPipeline[];
  /** Those of the issues that are about a row. */
  readonly rowIssues: readonly RowIssue[];
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

/** Pipelines are declared in files, or by the rows that controlTables leads to. */
function checkSections(value: unknown): Finding[] {
  const sections = typeof value === 'object' && value !== null ? value : {};
  if ('pipelines' in sections || 'controlTables' in sections) return [];
  return [{ path: ['pipelines'], message: 'is missing; write a mapping (name: value)' }];
}

/** Checks a merged value; pure. */
export function checkConfig(
  merged: MergedConfig,
  engines: EngineConfigs,
): { config?: SluiceConfig; issues: ConfigIssue[] } {
  if (merged.issues.some((issue) => issue.path === '')) return { issues: [...merged.issues] };
  const schema = configSchema(engines);
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
    ...checkSections(merged.value),
    ...checkControlTables(config, engines),
    ...checkConnections(config, engines, (name) => merged.isGenerated(['connections', name])),
    ...checkPipelines(config, engines),
    ...checkInclude(config, engines),
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
  const texts = found.files.map((file) => {
    const name = relative(cwd, file).startsWith('..') ? file : relative(cwd, file);
    return { name, text: readText(file) };
  });
  const key = JSON.stringify(texts);
  const last = options.cache?.last;
  if (last?.key === key && last.control === options.control) return last.reading;
  const reading = readTexts(texts, found, options);
  if (options.cache !== undefined) options.cache.last = { key, control: options.control, reading };
  return reading;
}

function readTexts(
  texts: readonly { readonly name: string; readonly text: string }[],
  found: FoundFiles,
  options: LoadOptions,
): ConfigReading {
  const read = texts.map(({ name, text }) => ({ text, document: parseConfigText(name, text) }));
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
  const files = documents.map(({ file }) => file);
  return { files, skipped, ...checkDocuments(documents, options.engines, options.control) };
}

/**
 * The files, and what rows of control tables add to them. A pipeline of rows that does not pass is
 * left out, with its issues, as often as that takes: the others and the files go on.
 */
export function checkDocuments(
  documents: readonly ConfigDocument[],
  engines: EngineConfigs,
  control: ControlContent | undefined,
): Omit<ConfigReading, 'files' | 'skipped'> {
  const ofFiles = mergeDocuments(documents).value;
  const made = control === undefined ? NOTHING_MADE : makePipelines(ofFiles, control, engines);
  const rowIssues: RowIssue[] = [...made.issues];
  for (let kept = made.pipelines; ;) {
    const merged = mergeDocuments([...documents, ...kept.map(({ document }) => document)]);
    const { config, issues } = checkConfig(merged, engines);
    const broken = config === undefined ? findBroken(kept, issues) : new Map<string, RowIssue[]>();
    if (broken.size === 0) {
      const all = [...issues, ...rowIssues.map(({ issue }) => issue)];
      const found = { merged, issues: all, controlPipelines: kept, rowIssues };
      return config === undefined ? found : { ...found, config };
    }
    rowIssues.push(...[...broken.values()].flat());
    kept = kept.filter(({ name }) => !broken.has(name));
  }
}

/** The pipelines of rows that have errors, by name. */
function findBroken(
  pipelines: readonly MadePipeline[],
  issues: readonly ConfigIssue[],
): Map<string, RowIssue[]> {
  const errors = issues.filter((issue) => issue.severity === 'error');
  const found = pipelines.map(({ name, serverId, owns }): [string, RowIssue[]] => [
    name,
    errors.filter(({ path }) => owns(path)).map((issue) => ({ issue, serverId })),
  ]);
  return new Map(found.filter(([, own]) => own.length > 0));
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
