import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import type { Document } from 'yaml';
import type { ConfigIssue, Path } from './issue.js';

export interface Place {
  readonly file: string;
  /** From 1; 0 in what is no file. */
  readonly line: number;
  readonly column: number;
  /** How many steps of the path exist in the file; the place is that of the deepest one. */
  readonly depth: number;
}

/** One config file, parsed, able to say where a path stands in it. */
export interface ConfigDocument {
  readonly file: string;
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  /** Nobody wrote it: it was made from rows of control tables. */
  readonly generated?: boolean;
  locate(path: Path): Place;
}

function childNode(parent: unknown, step: string | number, doc: Document): [unknown, unknown] {
  const node = isAlias(parent) ? parent.resolve(doc) : parent;
  if (isMap(node)) {
    const pair = node.items.find(
      ({ key }) => String(isScalar(key) ? key.value : key) === String(step),
    );
    return [pair?.key, pair?.value];
  }
  if (isSeq(node)) {
    // `targets: [replica]` stands for a map; its names are found among the items.
    const item =
      typeof step === 'number'
        ? node.items[step]
        : node.items.find((candidate) => isScalar(candidate) && candidate.value === step);
    return [item, item];
  }
  return [undefined, undefined];
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** The key of the deepest step that exists, or the value itself where `path` leads to an item. */
function locateIn(doc: Document, path: Path): { offset: number; depth: number } {
  let node: unknown = doc.contents;
  let offset = offsetOf(isCollection(node) ? node : undefined) ?? 0;
  let depth = 0;
  for (const step of path) {
    const [key, value] = childNode(node, step, doc);
    if (key === undefined) break;
    offset = offsetOf(key) ?? offset;
    depth += 1;
    node = value;
  }
  return { offset, depth };
}

/**
 * Parses YAML 1.2 or JSON (which is YAML). Never throws: syntax errors and doubled keys are issues.
 */
export function parseConfigText(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // Further syntax errors mostly follow from the first and would only mislead.
  const issues = doc.errors.slice(0, 1).map((error): ConfigIssue => ({
    file,
    ...at(error.pos[0]),
    path: '',
    severity: 'error',
    message:
      error.code === 'DUPLICATE_KEY'
        ? 'has the same key twice in one mapping; remove one of the two'
        : `is not valid YAML or JSON here: ${error.message.split('\n')[0]}; check indentation, quotes and brackets`,
  }));
  return {
    file,
    value: issues.length > 0 ? undefined : doc.toJS(),
    issues,
    locate: (path) => {
      const { offset, depth } = locateIn(doc, path);
      return { file, ...at(offset), depth };
    },
  };
}
