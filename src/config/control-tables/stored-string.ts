/**
 * `connection_string` of source_servers: read by the engine first, so that a secret which holds a
 * semicolon stays one value, and only then are the variables looked up to which it refers.
 */
import type { EngineConfig, UrlKeys } from '../engine-config.js';
import type { SecretSource } from '../environment.js';
import type { Path } from '../issue.js';
import { mentionsReference, parseReferences } from '../references.js';
import { resolveSecrets } from '../secrets.js';
import type { RowProblem } from './row-problem.js';

type Said = Pick<RowProblem, 'message' | 'severity'>;

/** What is wrong, or doubtful, with a stored string; its values are not in the messages. */
export function checkStored(
  text: string,
  engine: EngineConfig,
  variables: readonly string[],
): readonly Said[] {
  const keys = readOrNothing(text, engine);
  if (keys === undefined) {
    const message = `is no connection string for ${engine.title}; write server=…;user id=…;password=…`;
    return [{ message, severity: 'error' }];
  }
  const said = stringsIn(keys).flatMap((value) => checkReferences(value, variables));
  if (keys.host === undefined) said.push({ message: 'names no server', severity: 'error' });
  if (keys.tls?.mode === 'disable') {
    const message =
      'switches encryption off; everyone on the way can read the password and the rows';
    said.push({ message, severity: 'warning' });
  }
  if (keys.password !== undefined && !mentionsReference(keys.password)) {
    const message =
      'holds a literal password, which whoever reads the table can read; write password=${VARIABLE} and name the variable in controlTables.variables';
    said.push({ message, severity: 'warning' });
  }
  return said;
}

/** The keys of a stored string with its variables looked up now. Throws a TypeError or SECRET_MISSING. */
export function resolveStored(
  text: string,
  engine: EngineConfig,
  path: Path,
  variables: readonly string[],
  source: SecretSource,
): UrlKeys {
  const allowed: SecretSource = {
    variable: (name) => (variables.includes(name) ? source.variable(name) : undefined),
    file: () => undefined,
  };
  return resolveSecrets(engine.readUrl(text), path, allowed);
}

function readOrNothing(text: string, engine: EngineConfig): UrlKeys | undefined {
  try {
    return engine.readUrl(text);
  } catch {
    return undefined;
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function checkReferences(value: string, variables: readonly string[]): Said[] {
  const segments = parseReferences(value);
  if (segments === undefined) {
    const message =
      'has a ${ that is no reference; write ${VARIABLE}, or $${ for the characters themselves';
    return [{ message, severity: 'error' }];
  }
  return segments.flatMap((segment): Said[] => {
    if (segment.kind === 'literal') return [];
    if (segment.kind !== 'env') {
      const message = 'may refer to variables only; write ${VARIABLE}';
      return [{ message, severity: 'error' }];
    }
    if (variables.includes(segment.name)) return [];
    const message = `refers to the variable ${segment.name}, which controlTables.variables does not name; add it there`;
    return [{ message, severity: 'error' }];
  });
}
