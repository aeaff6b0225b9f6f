import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  anchors,
  markdownFiles,
  readMarkdown,
  relativeLinks,
  resolveLink,
  ROOT,
} from './markdown.js';

const files = markdownFiles();

/** Null when the link leads somewhere. */
function problem(from: string, link: string): string | null {
  const { path, anchor } = resolveLink(from, link);
  if (path.startsWith('..') || !existsSync(join(ROOT, path))) return `${link}: no such file`;
  if (anchor === null || !path.endsWith('.md')) return null;
  return anchors(readMarkdown(path).text).has(anchor) ? null : `${link}: no such heading`;
}

describe('links in Markdown', () => {
  it('are looked for in the files that there are', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', join('docs', 'guarantees.md')]));
    expect(relativeLinks(readMarkdown('README.md').text).length).toBeGreaterThan(10);
  });

  it.each(files.map(({ path }) => path))('of %s lead to files and headings', (path) => {
    const links = relativeLinks(readMarkdown(path).text);
    expect(links.flatMap((link) => problem(path, link) ?? [])).toEqual([]);
  });

  it('have the anchors that GitHub gives to headings', () => {
    const text = '# `a_b`: What & why?\n## Twice\n## Twice\n### CONFIG_INVALID\n';
    expect([...anchors(text)]).toEqual(['a_b-what--why', 'twice', 'twice-1', 'config_invalid']);
  });
});
