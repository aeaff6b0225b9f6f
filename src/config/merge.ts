import type { ConfigDocument, Place } from './document.js';
import type { ConfigIssue, Path } from './issue.js';
import { formatPath } from './issue.js';

/** All files as one value, able to say in which file and line a path stands. */
export interface MergedConfig {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  locate(path: Path): Place;
  /** Whether control tables said it, not a file. */
  isGenerated(path: Path): boolean;
}

const NAMED = ['connections', 'pipelines'] as const;
/** A section that one file alone may have. */
const ONCE = 'controlTables';

function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function issueAt(place: Place, path: Path, message: string): ConfigIssue {
  const { file, line, column } = place;
  return { file, line, column, path: formatPath(path), message, severity: 'error' };
}

/** Every file must name the version by itself, so that none is ever read by the wrong rules. */
function checkVersion(document: ConfigDocument, map: Readonly<Record<string, unknown>>) {
  if ('version' in map) return [];
  return [
    issueAt(document.locate([]), ['version'], 'is missing; write version: 1 as the first line'),
  ];
}

/**
 * Puts the sections of all files together. A connection or pipeline that two files declare is an
 * issue that names both; neither wins.
 */
export function mergeDocuments(documents: readonly ConfigDocument[]): MergedConfig {
  const issues: ConfigIssue[] = documents.flatMap((document) => document.issues);
  const merged: Record<string, unknown> = {};
  const owners = new Map<string, ConfigDocument>();
  const claim = (document: ConfigDocument, path: readonly string[]) => {
    const owner = owners.get(formatPath(path));
    if (owner === undefined) return owners.set(formatPath(path), document) && true;
    const first = owner.locate(path);
    const message = `is declared twice, here and in ${first.file}:${first.line}; rename or remove one of them`;
    issues.push(issueAt(document.locate(path), path, message));
    return false;
  };
  for (const document of documents.filter((candidate) => candidate.issues.length === 0)) {
    const map = asMap(document.value);
    if (map === undefined) {
      const message =
        'is empty or not a mapping; start with version: 1, connections: and pipelines:';
      issues.push(issueAt(document.locate([]), [], message));
      continue;
    }
    issues.push(...checkVersion(document, map));
    for (const [key, value] of Object.entries(map)) {
      const entries = NAMED.some((name) => name === key) ? asMap(value) : undefined;
      if (key === ONCE && !claim(document, [key])) continue;
      if (entries === undefined) {
        if (!(key in merged) || merged[key] === value) owners.set(formatPath([key]), document);
        merged[key] ??= value;
        continue;
      }
      const section = (merged[key] = { ...asMap(merged[key]) });
      for (const [name, entry] of Object.entries(entries)) {
        if (claim(document, [key, name])) Object.assign(section, { [name]: entry });
      }
    }
  }
  const ownerOf = (path: Path) =>
    owners.get(formatPath(path.slice(0, 2))) ??
    owners.get(formatPath(path.slice(0, 1))) ??
    documents[0];
  return {
    value: merged,
    issues,
    locate: (path) =>
      ownerOf(path)?.locate(path) ?? { file: '(no file)', line: 0, column: 0, depth: 0 },
    isGenerated: (path) => ownerOf(path)?.generated === true,
  };
}
