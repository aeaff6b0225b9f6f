import { describe, expect, it } from 'vitest';
import { check } from '../config/support.js';
import { codeBlocks, markdownFiles } from './markdown.js';

const examples = markdownFiles().flatMap(({ path, text }) =>
  codeBlocks(text)
    .filter(({ language }) => language === 'yaml' || language === 'yml')
    .map((block, n) => ({ name: `${path} (${String(n + 1)})`, path, text: block.text })),
);

describe('configurations in the documents', () => {
  it('are there', () => {
    expect(examples.map(({ path }) => path)).toContain('README.md');
  });

  it.each(examples)('$name is valid', ({ text }) => {
    const { config, issues } = check({ 'example.yaml': text });
    expect(issues).toEqual([]);
    // Rows of control tables declare pipelines where the file has none.
    if (config?.controlTables !== undefined) return;
    expect(Object.keys(config?.pipelines ?? {})).not.toEqual([]);
  });
});
