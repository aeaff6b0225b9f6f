import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './markdown.js';

export const CASES = 'test/conformance/sqlserver';
/** `test/conformance/sqlserver/locks: "a title, or how it begins"`, perhaps over two lines. */
const NAMED = /test\/conformance\/sqlserver\/([\w-]+): "([^"]+)"/g;
export const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** A case of the conformance suite that a comment names. */
export interface Case {
  readonly file: string;
  readonly title: string;
}

export interface Source {
  /** From the root of the project. */
  readonly path: string;
  /** Its comments over several lines read as one. */
  readonly text: string;
}

export function sourcesIn(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesIn(path);
    return [{ path, text: oneLine(readFileSync(join(ROOT, path), 'utf8')) }];
  });
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*(?:\*|\/\/)\s*/g, ' ');
}

export function casesOf({ text }: Source): Case[] {
  return [...text.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));
}

/** How often a text speaks of the suite, in the form above or not. */
export function mentionsIn({ text }: Source): number {
  return text.split(`${CASES}/`).length - 1;
}

export function readCases(name: string): string {
  return readFileSync(join(ROOT, CASES, name), 'utf8');
}

/** What a file of cases says without its comments: titles, and the batches that make titles. */
export function titlesOf(file: string): string {
  return readCases(`${file}.test.ts`).replaceAll(COMMENT, '');
}
