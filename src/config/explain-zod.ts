import type { z } from 'zod';
import type { Finding, Path } from './issue.js';
import { formatPath } from './issue.js';
import { nearest } from './nearest.js';
import { knownKeys } from './schema-walk.js';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (name: value)',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
};

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    root,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  return typeof value === 'string' ? 'is text' : `is a ${typeof value}`;
}

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

/** zod's own English sentences begin so; ours never do. */
function isOwnMessage(message: string): boolean {
  return !/^(Invalid|Too |Unrecognized|Required)/.test(message);
}

function missingOrWrong(issue: Issue, value: unknown): string {
  const expected = 'expected' in issue ? String(issue.expected) : 'string';
  if (value !== undefined && value !== null && isOwnMessage(issue.message)) return issue.message;
  return `${describe(value)}; write ${KINDS[expected] ?? expected}`;
}

function wrongChoice(choices: readonly unknown[], value: unknown): string {
  const words = choices.map(String);
  if (value === undefined || value === null) return `is missing; write one of ${words.join(', ')}`;
  const meant = typeof value === 'string' ? nearest(value, words) : undefined;
  const hint = meant === undefined || words.length === 1 ? '' : ` (nearest: ${meant})`;
  return `is not one of ${words.join(', ')}; write one of these${hint}`;
}

/** Of a union's branches, the one that the value was meant for: it fails deeper than at the top. */
function meantBranch(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return errors.find((branch) =>
    branch.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'),
  );
}

/** A finding that names another key as what was meant. */
type Guess = Finding & { readonly meant?: string };

/**
 * Each issue that zod reports, in sentences; `root` is the value that was parsed. A required key that
 * is missing because it was misspelt is told once, at the misspelt key.
 */
export function explainIssues(schema: unknown, issues: readonly Issue[], root: unknown): Finding[] {
  const findings: Guess[] = issues.flatMap((issue) => explain(schema, issue, root));
  const meant = new Set(
    findings.flatMap(({ path, meant: key }) =>
      key === undefined ? [] : [formatPath([...path.slice(0, -1), key])],
    ),
  );
  return findings
    .filter(
      ({ path, message }) => !message.startsWith('is missing') || !meant.has(formatPath(path)),
    )
    .map(({ path, message }) => ({ path, message }));
}

function unknownKeys(schema: unknown, keys: readonly string[], path: Path, root: unknown): Guess[] {
  const present = valueAt(root, path);
  const known = knownKeys(schema, path, root);
  const free = known.filter((key) => valueAt(present, [key]) === undefined);
  return keys.map((key) => {
    const meant = nearest(key, free.length > 0 ? free : known);
    const remedy =
      meant === undefined ? 'remove it' : `write ${meant}, the nearest one, or remove it`;
    const finding = { path: [...path, key], message: `is not a known key; ${remedy}` };
    return meant === undefined ? finding : { ...finding, meant };
  });
}

function explain(schema: unknown, issue: Issue, root: unknown): Guess[] {
  const path = toPath(issue.path);
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(schema, issue.keys, path, root);
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_type':
      return [{ path, message: missingOrWrong(issue, value) }];
    case 'invalid_value':
      return [
        {
          path,
          message: isOwnMessage(issue.message) ? issue.message : wrongChoice(issue.values, value),
        },
      ];
    case 'invalid_union':
      return explainUnion(schema, issue, root);
    default:
      return [{ path, message: issue.message }];
  }
}

function explainUnion(
  schema: unknown,
  issue: z.core.$ZodIssueInvalidUnion,
  root: unknown,
): Guess[] {
  const path = toPath(issue.path);
  if ('options' in issue && Array.isArray(issue.options)) {
    return [{ path, message: wrongChoice(issue.options, valueAt(root, path)) }];
  }
  const branch = meantBranch(issue.errors);
  if (branch !== undefined) {
    const deeper = branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    return explainIssues(schema, deeper, root);
  }
  const kinds = issue.errors.flatMap((errors) =>
    errors.slice(0, 1).map((inner) => ('expected' in inner ? String(inner.expected) : 'string')),
  );
  const wanted = [...new Set(kinds)].map((kind) => KINDS[kind] ?? kind).join(' or ');
  return [{ path, message: `${describe(valueAt(root, path))}; write ${wanted}` }];
}
