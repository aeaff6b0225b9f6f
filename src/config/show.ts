import type { EngineConfigs } from './engine-config.js';
import type { SecretSource } from './environment.js';
import { formatPath } from './issue.js';
import type { Path } from './issue.js';
import type { LoadedConfig } from './load.js';
import { parseReferences } from './references.js';
import { shownDefaults } from './shown-defaults.js';

/** One value of the effective config as `sluice config show` prints it. */
export interface ShownValue {
  readonly path: string;
  /** Secrets are masked. */
  readonly value: string;
  /** `sluice.yaml:5`, `sluice.yaml:5, SHOP_URL from .env`, or `default`. */
  readonly origin: string;
}

const MASK = '********';

function isSecret(path: Path, engines: EngineConfigs): boolean {
  if (path[0] !== 'connections') return false;
  const key = String(path[path.length - 1]);
  const own = Object.values(engines).flatMap((engine) => engine.secretKeys);
  return ['password', 'url', ...own].includes(key) || (key === 'key' && path[2] === 'tls');
}

function write(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Resolved {
  readonly text: string;
  /** One phrase per reference: which variable, and where it was found. */
  readonly origins: readonly string[];
  readonly missing: boolean;
}

function resolveForShow(text: string, source: SecretSource): Resolved {
  const origins: string[] = [];
  let missing = false;
  const parts = (parseReferences(text) ?? []).map((segment) => {
    if (segment.kind === 'literal') return segment.text;
    if (segment.kind === 'file') {
      origins.push(`file ${segment.path}`);
      const content = source.file(segment.path);
      missing ||= content === undefined;
      return content ?? '';
    }
    // What a row holds is a secret as a whole.
    if (segment.kind === 'control') return '';
    const found = source.variable(segment.name);
    const origin = found?.origin ?? (segment.fallback === undefined ? 'not set' : 'its default');
    origins.push(`${segment.name} from ${origin}`.replace('from not set', 'not set'));
    missing ||= found === undefined && segment.fallback === undefined;
    return found?.value ?? segment.fallback ?? '';
  });
  return { text: parts.join(''), origins, missing };
}

function leaves(value: unknown, path: Path): { path: Path; value: unknown }[] {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isBranch) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/**
 * Every value that counts, with where it comes from. Paths of keys that nobody wrote are there with
 * their defaults. No secret is in the result, and nothing fails when a variable is missing.
 */
export function showConfig(
  loaded: LoadedConfig,
  engines: EngineConfigs,
  source: SecretSource,
): ShownValue[] {
  const filled = shownDefaults(loaded.merged.value, loaded.config);
  return leaves(filled, []).map(({ path, value }): ShownValue => {
    const shown = formatPath(path);
    const place = loaded.merged.locate(path);
    const written = place.depth === path.length || isShorthand(loaded, path, place.depth);
    if (!written) return { path: shown, value: write(value), origin: 'default' };
    const origin = place.line === 0 ? place.file : `${place.file}:${place.line}`;
    const secret = isSecret(path, engines);
    if (path[0] !== 'connections' || typeof value !== 'string') {
      return { path: shown, value: secret ? MASK : write(value), origin };
    }
    const resolved = resolveForShow(value, source);
    const text = secret ? MASK : resolved.text;
    const origins = [origin, ...resolved.origins].join(', ');
    return { path: shown, value: resolved.missing ? '(missing)' : text, origin: origins };
  });
}

/** `source: shopDb` stands for `source: { connection: shopDb }`: the name was written, the rest not. */
function isShorthand(loaded: LoadedConfig, path: Path, depth: number): boolean {
  return (
    path[0] === 'pipelines' &&
    path[path.length - 1] === 'connection' &&
    depth === path.length - 1 &&
    loaded.config.pipelines[String(path[1])] !== undefined
  );
}

/** The values as text, one per line, origins in a column of their own. */
export function formatShown(values: readonly ShownValue[]): string {
  const lines = values.map(({ path, value }) => `${path}: ${value}`);
  const width = Math.min(60, Math.max(0, ...lines.map((line) => line.length)));
  return lines.map((line, i) => `${line.padEnd(width)}  # ${values[i]?.origin ?? ''}`).join('\n');
}
