import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/program.js';
import { codeBlocks, markdownFiles, ROOT } from '../docs/markdown.js';
import { memoryIo } from './memory-io.js';

/** Command lines in what Sluice says: a word, then options and names up to the end of the sentence. */
const COMMAND_LINE = /\bsluice ([a-z]+)((?: (?:--?[a-z-]+|\$\{[^}]*\}|'[^']*'|<[a-z]+>))*)/g;
/** Names of sessions, locks and marks, and plain text: no commands. */
const PROSE = new Set(['schema', 'in', 'is', 'of', 'on', 'and', 'there', 'table', 'cdc']);
const OWN_NAMES = new Set(['merge', 'split', 'demo', 'control']);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Texts only: what comments say is not what a user reads. */
function told(): string[] {
  return sources(join(ROOT, 'src')).map((path) =>
    readFileSync(path, 'utf8').replaceAll(/^\s*(\/?\*|\/\/).*$/gm, ''),
  );
}

/** Code in the documents, in a line or in lines of its own. */
function documented(): string[] {
  return markdownFiles()
    .filter(({ path }) => path === 'README.md' || path.startsWith('docs'))
    .flatMap(({ text }) => [
      ...codeBlocks(text).map((block) => block.text),
      ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    ]);
}

function commandLines(texts: readonly string[]): { line: string; word: string; rest: string[] }[] {
  return texts.flatMap((text) => {
    return [...text.matchAll(COMMAND_LINE)].flatMap(([line, word = '', rest = '']) =>
      PROSE.has(word) || OWN_NAMES.has(word)
        ? []
        : [{ line, word, rest: rest.split(' ').filter((one) => one !== '') }],
    );
  });
}

describe('a command line that Sluice tells a user', () => {
  const { program } = buildProgram(memoryIo(ROOT));
  const global = program.options.map(({ long }) => long);

  it.each([
    ['messages', told, 40],
    ['documents', documented, 40],
  ])('in %s is one that there is, with options and names that it takes', (_where, texts, least) => {
    const lines = commandLines(texts());
    expect(lines.length).toBeGreaterThan(least);
    const wrong = lines.filter(({ word, rest }) => {
      const command = program.commands.find((one) => one.name() === word);
      if (command === undefined) return true;
      const inner = command.commands.flatMap((one) => one.options);
      const options = [...command.options, ...inner].map(({ long }) => long);
      const unknown = rest.some(
        (one) => one.startsWith('--') && !options.includes(one) && !global.includes(one),
      );
      const [first = ''] = rest;
      const named = first !== '' && !first.startsWith('-');
      return unknown || (named && command.registeredArguments.length === 0);
    });
    expect(wrong.map(({ line }) => line)).toEqual([]);
  });
});
