import { SluiceError } from '../core/errors.js';
import type { SecretSource } from './environment.js';
import { formatPath } from './issue.js';
import type { Path } from './issue.js';
import type { Segment } from './references.js';
import { parseReferences } from './references.js';

function lookUp(segment: Segment, source: SecretSource, path: Path): string {
  if (segment.kind === 'literal') return segment.text;
  if (segment.kind === 'file') {
    const text = source.file(segment.path);
    if (text !== undefined && text !== '') return text;
    const problem = `The file ${segment.path}, which ${formatPath(path)} refers to, cannot be read or is empty.`;
    throw new SluiceError('SECRET_MISSING', problem, {
      remedy: 'Put the secret there, readable for this user; it is read again at the next try.',
    });
  }
  if (segment.kind === 'control') return storedString(segment.serverId, source, path);
  const value = source.variable(segment.name)?.value ?? segment.fallback;
  if (value !== undefined) return value;
  const problem = `The variable ${segment.name}, which ${formatPath(path)} refers to, is not set or empty.`;
  throw new SluiceError('SECRET_MISSING', problem, {
    remedy: `Set ${segment.name} in the environment or in .env.`,
  });
}

/** As the row has it. Throws SECRET_MISSING when there is no such row. */
export function storedString(serverId: number, source: SecretSource, path: Path): string {
  const text = source.stored?.(serverId);
  if (text !== undefined) return text;
  const problem = `source_servers has no row ${String(serverId)}, which ${formatPath(path)} refers to.`;
  throw new SluiceError('SECRET_MISSING', problem, {
    remedy:
      'Put the row back, or remove the mappings that name it; it is read again at the next try.',
  });
}

/** One string with its references replaced. Throws SECRET_MISSING naming reference and path. */
export function resolveText(text: string, path: Path, source: SecretSource): string {
  const segments = parseReferences(text);
  if (segments === undefined) {
    throw new SluiceError('CONFIG_INVALID', `${formatPath(path)} has a \${ that is no reference.`, {
      remedy: 'Write ${VARIABLE}, ${VARIABLE:-default} or ${file:/path}.',
    });
  }
  return segments.map((segment) => lookUp(segment, source, path)).join('');
}

/**
 * A copy of a value with the references in all its strings replaced, at any depth. Call it at every
 * connect and keep the result no longer than the connection. Throws SECRET_MISSING, never with a value.
 */
export function resolveSecrets<T>(value: T, path: Path, source: SecretSource): T {
  return resolveAny(value, path, source) as T;
}

function resolveAny(value: unknown, path: Path, source: SecretSource): unknown {
  if (typeof value === 'string') return resolveText(value, path, source);
  if (Array.isArray(value)) return value.map((item, i) => resolveAny(item, [...path, i], source));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveAny(inner, [...path, key], source)]),
  );
}
