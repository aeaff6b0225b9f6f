import { appendFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where `npm run lint:tsql` looks for what the tests have sent. */
const FOLDER = fileURLToPath(new URL('../../../.sluice/tsql/', import.meta.url));
const FILE = `${FOLDER}${String(process.pid)}-${String(Date.now())}.jsonl`;

const seen = new Set<string>();

/** The driver's own words for the protocol's bulk load; the parser does not know its KEEP_NULLS. */
const BULK_LOAD = /^\s*insert bulk /i;

/** Keep a text that the stand-in understood for Microsoft's own grammar; each one once. */
export function recordTsql(sql: string): void {
  if (seen.has(sql) || BULK_LOAD.test(sql)) return;
  if (seen.size === 0) mkdirSync(FOLDER, { recursive: true });
  seen.add(sql);
  appendFileSync(FILE, `${JSON.stringify({ sql })}\n`);
}
