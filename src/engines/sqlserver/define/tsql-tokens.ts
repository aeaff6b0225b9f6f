/** Strings, quoted names and comments each as one token, so that nothing inside of them counts. */
const START =
  /\s+|--[^\n]*|N?'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|[\p{L}_#@][\p{L}\p{N}_$#@]*|[\s\S]/uy;
const COMMENT_EDGE = /\/\*|\*\//g;

/** The text cut into pieces that joined give it again. Block comments nest in T-SQL. */
export function tokenize(sql: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const end = sql.startsWith('/*', at) ? commentEnd(sql, at) : plainEnd(sql, at);
    tokens.push(sql.slice(at, end));
    at = end;
  }
  return tokens;
}

function plainEnd(sql: string, at: number): number {
  START.lastIndex = at;
  return START.exec(sql) === null ? at + 1 : START.lastIndex;
}

function commentEnd(sql: string, at: number): number {
  let depth = 0;
  COMMENT_EDGE.lastIndex = at;
  for (let edge = COMMENT_EDGE.exec(sql); edge !== null; edge = COMMENT_EDGE.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  return sql.length;
}

/** White space or a comment. */
export function isBlank(token: string): boolean {
  return /^(?:\s|--|\/\*)/.test(token);
}

/** The name that a token stands for; null for what is no name. Keywords count as names. */
export function nameOf(token: string | undefined): string | null {
  if (token === undefined || token === '') return null;
  if (token.length > 1 && token.startsWith('[')) return token.slice(1, -1).replaceAll(']]', ']');
  if (token.length > 1 && token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"');
  return /^[\p{L}_#]/u.test(token) && !/^N'/i.test(token) ? token : null;
}
