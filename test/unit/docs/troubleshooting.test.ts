import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_KINDS, explainError, SluiceError } from '../../../src/core/errors.js';
import { anchors, headings, readMarkdown, ROOT } from './markdown.js';

const page = readMarkdown('docs/troubleshooting.md').text;
const catalogue = Object.keys(ERROR_KINDS);
const CODE = /^[A-Z]+(_[A-Z]+)*$/;
const entries = headings(page).filter((title) => CODE.test(title));

/** Between the heading of a code and the next heading. */
function entryOf(code: string): string {
  return new RegExp(`^### ${code}\\n([\\s\\S]*?)(?=^#)`, 'm').exec(`${page}\n#`)?.[1] ?? '';
}

/** Codes that the sources raise or give to a finding, by file. */
function codesUsed(folder = join(ROOT, 'src')): { file: string; code: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return codesUsed(path);
    if (!entry.name.endsWith('.ts')) return [];
    const text = readFileSync(path, 'utf8');
    const raised = text.matchAll(/new SluiceError\(\s*'([A-Z_]+)'/g);
    const named = text.matchAll(/\bcode: '([A-Z_]+_[A-Z_]+)'/g);
    return [...raised, ...named].map(([, code = '']) => ({ file: entry.name, code }));
  });
}

describe('docs/troubleshooting.md', () => {
  it('has one entry for each code of the catalogue, in its order', () => {
    expect(entries).toEqual(catalogue);
  });

  it.each(catalogue)('says what %s means, where it comes from and what to do', (code) => {
    const entry = entryOf(code);
    expect(entry).toMatch(/^- \*\*Meaning:\*\* \S/m);
    expect(entry).toMatch(/^- \*\*Cause:\*\* \S/m);
    expect(entry).toMatch(/^- \*\*Remedy:\*\* \S/m);
  });

  it('is where the link of an error leads', () => {
    const text = explainError(new SluiceError('FEED_GAP', 'Changes are lost.'));
    const [, anchor = ''] = /docs\/troubleshooting\.md#([a-z_]+)\]$/.exec(text) ?? [];
    expect([...anchors(page)]).toContain(anchor);
  });
});

describe('the codes that the sources use', () => {
  it('are all in the catalogue', () => {
    const used = codesUsed();
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter(({ code }) => !catalogue.includes(code))).toEqual([]);
  });
});
