import { createHash, randomBytes } from 'node:crypto';
import type { TableName } from '../../../../core/names.js';
import type { FeedName } from '../../../contract/feed.js';
import { captureSettings } from './settings.js';

/**
 * Names of the capture instances that Sluice makes: `<prefix><feed>_<table>_<mark>_<generation>`.
 * The feed's part says for whom it was made, so that only that feed drops it; the mark is a random
 * one that stays when a change of the table asks for the next generation.
 */
export interface OwnInstance {
  /** All but the generation. */
  readonly stem: string;
  readonly generation: number;
}

const FORM = /^(sluice_.*[0-9a-f]{12}_.*_[0-9a-f]{8})_(\d{1,4})$/s;
/** The server allows 100 characters, so that the names of its functions stay below 128. */
export const MAX_LENGTH = 100;
/** Feed, mark and generation, with the marks between them. */
const FIXED_LENGTH = 12 + 1 + 1 + 8 + 1 + 4;

export function parseInstanceName(name: string): OwnInstance | null {
  const match = FORM.exec(name);
  return match === null ? null : { stem: match[1] ?? '', generation: Number(match[2]) };
}

export function firstInstanceName(feed: FeedName, table: TableName): string {
  const readable = `${table.schema}_${table.table}`.replaceAll(/[^\p{L}\p{N}_]/gu, '_');
  const prefix = prefixOf(feed);
  const room = MAX_LENGTH - FIXED_LENGTH - captureSettings(feed).prefix.length;
  // In UTF-16, where a letter may count twice.
  const shown = [...readable].slice(0, Math.floor(room / 2)).join('');
  return `${prefix}${shown}_${randomBytes(4).toString('hex')}_1`;
}

/** @throws TypeError for a name that Sluice did not make */
export function nextInstanceName(name: string): string {
  const own = parseInstanceName(name);
  if (own === null) throw new TypeError(`${name} is no instance of Sluice.`);
  return `${own.stem}_${String(own.generation + 1)}`;
}

/** What tells the feed from every other one, in the names of its instances too. */
export function feedMark({ pipeline, target }: Pick<FeedName, 'pipeline' | 'target'>): string {
  return createHash('sha256').update(`${pipeline}\0${target}`).digest('hex').slice(0, 12);
}

/** Made by the feed with that mark, whatever prefix the configuration gave it then. */
export function carriesMark(name: string, mark: string): boolean {
  const own = parseInstanceName(name);
  return own !== null && new RegExp(`^sluice_\\w*?${mark}_`).test(own.stem);
}

function prefixOf(feed: FeedName): string {
  return `${captureSettings(feed).prefix}${feedMark(feed)}_`;
}
