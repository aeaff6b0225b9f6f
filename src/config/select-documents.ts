import type { ConfigDocument } from './document.js';

/** A file that was found but not read as config, and why; `config validate` prints them. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

function keysOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function isJsonSchema(keys: Readonly<Record<string, unknown>>): boolean {
  return typeof keys.$schema === 'string' && keys.$schema.includes('json-schema.org');
}

function skipReason(document: ConfigDocument, text: string, selective: boolean) {
  const keys = keysOf(document.value);
  if (isJsonSchema(keys)) return 'it is a JSON Schema';
  if (keys.example === true) return 'it is marked as an example (remove example: true to use it)';
  if (!selective) return undefined;
  if (document.issues.length > 0) {
    return /^\s*["']?(pipelines|controlTables)["']?\s*:/m.test(text)
      ? undefined
      : 'it declares no pipelines';
  }
  const ours = 'pipelines' in keys || ('version' in keys && 'connections' in keys);
  return ours ? undefined : 'it declares no pipelines';
}

/**
 * Which files of a folder are config. Examples and JSON Schemas never are; in `./config/`, which
 * nobody named, only what declares pipelines (or version and connections) is.
 */
export function selectDocuments(
  read: readonly { readonly document: ConfigDocument; readonly text: string }[],
  selective: boolean,
): { documents: ConfigDocument[]; skipped: SkippedFile[] } {
  const documents: ConfigDocument[] = [];
  const skipped: SkippedFile[] = [];
  for (const { document, text } of read) {
    const reason = skipReason(document, text, selective);
    if (reason === undefined) documents.push(document);
    else skipped.push({ file: document.file, reason });
  }
  return { documents, skipped };
}
