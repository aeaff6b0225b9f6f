import { CONNECTIONS } from './support.js';

/** [what is wrong, the text, the place and path and part of the sentence that must come out] */
export type Case = readonly [title: string, text: string, expected: string];

export const pipeline = (body: string): string =>
  `${CONNECTIONS}pipelines:\n  shop:\n${indent(body, 4)}`;
export const BASE = 'source: shopDb\ntargets: [replica]\ntables: { include: ["public.*"] }\n';
export const withKeys = (keys: string): string => pipeline(BASE + keys);
export const connection = (keys: string): string =>
  `version: 1\nconnections:\n  shopDb:\n${indent(keys, 4)}pipelines: {}\n`;
export const settings = (keys: string): string =>
  pipeline(
    `source: shopDb\ntargets: [replica]\ntables:\n  include: ["public.*"]\n  settings:\n${indent(keys, 4)}`,
  );
export const KEYS = 'engine: postgres\nhost: h\ndatabase: d\n';

export function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(by) + line))
    .join('\n');
}
