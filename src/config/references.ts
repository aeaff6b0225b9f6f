/**
 * References inside a connection's values: `${NAME}`, `${NAME:-default}`, `${file:/path}`; `$${`
 * stands for a literal `${`. A default is used when the variable is not set or empty, as in a shell.
 * `${control:1}` is the connection string of a server in the control tables: nobody writes it, it
 * stands in the connections that are made from rows.
 */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string; readonly fallback?: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'control'; readonly serverId: number };

const TOKEN = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const ENV = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const CONTROL = /^control:(-?[0-9]+)$/;

function readReference(body: string): Segment | undefined {
  if (body.startsWith('file:')) {
    const path = body.slice('file:'.length);
    return path === '' ? undefined : { kind: 'file', path };
  }
  const server = CONTROL.exec(body)?.[1];
  if (server !== undefined) return { kind: 'control', serverId: Number(server) };
  const match = ENV.exec(body);
  if (match?.[1] === undefined) return undefined;
  const fallback = match[2];
  return fallback === undefined
    ? { kind: 'env', name: match[1] }
    : { kind: 'env', name: match[1], fallback };
}

/** The pieces of a value in order; undefined when a `${` in it is no reference. */
export function parseReferences(value: string): readonly Segment[] | undefined {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of value.matchAll(TOKEN)) {
    if (match.index > end) segments.push({ kind: 'literal', text: value.slice(end, match.index) });
    end = match.index + match[0].length;
    const segment: Segment | undefined =
      match[0] === '$${' ? { kind: 'literal', text: '${' } : readReference(match[1] ?? '');
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  if (end < value.length) segments.push({ kind: 'literal', text: value.slice(end) });
  return segments;
}

/** The server whose stored connection string a value is, whole and alone. */
export function storedServer(value: string): number | undefined {
  const [segment, ...others] = parseReferences(value) ?? [];
  return segment?.kind === 'control' && others.length === 0 ? segment.serverId : undefined;
}

/** True when the value is made of references alone, so that nothing secret stands in the file. */
export function isReference(value: string): boolean {
  const segments = parseReferences(value);
  return (
    segments !== undefined &&
    segments.length > 0 &&
    segments.every((segment) => segment.kind !== 'literal')
  );
}

/** True when anything in the value looks like a reference, well formed or not. */
export function mentionsReference(value: string): boolean {
  return value.replaceAll('$${', '').includes('${');
}
