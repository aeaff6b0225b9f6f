/** The project's Markdown files, and what the tests want to know of one. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const PASSED_OVER = new Set(['node_modules', 'dist', 'dist-bench', 'coverage', '.git', '.sluice']);

export interface MarkdownFile {
  /** Relative to the root of the project. */
  readonly path: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

export function markdownFiles(folder = ROOT): MarkdownFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return PASSED_OVER.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [readMarkdown(relative(ROOT, path))] : [];
  });
}

export function readMarkdown(path: string): MarkdownFile {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(FENCED)].map(([, language = '', body = '']) => ({
    language,
    text: body,
  }));
}

/** Without code: what looks like a link there is none. */
function prose(text: string): string {
  return text.replaceAll(FENCED, '').replaceAll(/`[^`\n]*`/g, '');
}

/** Targets of links and images that are no addresses of the web. */
export function relativeLinks(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

export function headings(text: string): string[] {
  const lines = text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  return [...lines].map(([, title = '']) => title);
}

/** The anchors of the headings, as GitHub makes them. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    headings(text).map((title) => {
      const slug = slugOf(title);
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${String(times)}`;
    }),
  );
}

function slugOf(title: string): string {
  const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The file that a link in `from` leads to, relative to the root, and its anchor. */
export function resolveLink(from: string, link: string): { path: string; anchor: string | null } {
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : join(dirname(from), decodeURIComponent(target));
  return { path, anchor: anchor === undefined ? null : decodeURIComponent(anchor) };
}
