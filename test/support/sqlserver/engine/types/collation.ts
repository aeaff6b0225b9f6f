/** What a collation's name says: how it compares, and in which code page varchar is kept. */
import { SqlError } from '../../backend.js';

export interface Collation {
  /** The PostgreSQL collation, see sql/10-collations.sql. */
  readonly pg: 'ss.ci_as' | 'ss.ci_ai' | 'ss.cs_as' | 'ss.cs_ai' | 'ss.bin';
  /** PostgreSQL's name of the encoding of char and varchar. */
  readonly encoding: string;
  readonly codePage: number;
}

const RULES = [
  [/_BIN2?(_UTF8)?$/i, 'ss.bin'],
  [/_CI_AS/i, 'ss.ci_as'],
  [/_CI_AI/i, 'ss.ci_ai'],
  [/_CS_AS/i, 'ss.cs_as'],
  [/_CS_AI/i, 'ss.cs_ai'],
] as const;

const CODE_PAGES: readonly (readonly [RegExp, number, string])[] = [
  [/_UTF8$/i, 65001, 'UTF8'],
  [/^(Cyrillic|Ukrainian|SQL_Latin1_General_CP1251)/i, 1251, 'WIN1251'],
  [
    /^(Polish|Czech|Hungarian|Romanian|Slovak|Croatian|SQL_Latin1_General_CP1250)/i,
    1250,
    'WIN1250',
  ],
  [/^(Greek|SQL_Latin1_General_CP1253)/i, 1253, 'WIN1253'],
  [/^(Turkish|SQL_Latin1_General_CP1254)/i, 1254, 'WIN1254'],
  [/^(Hebrew|SQL_Latin1_General_CP1255)/i, 1255, 'WIN1255'],
  [/^(Arabic|SQL_Latin1_General_CP1256)/i, 1256, 'WIN1256'],
  [/^(Lithuanian|Latvian|Estonian)/i, 1257, 'WIN1257'],
  [/^Vietnamese/i, 1258, 'WIN1258'],
  [/^Thai/i, 874, 'WIN874'],
  [/^Japanese/i, 932, 'SJIS'],
  [/^Korean/i, 949, 'UHC'],
  [
    /^(Latin1_General|SQL_Latin1_General|French|German|Finnish_Swedish|Danish|Modern_Spanish)/i,
    1252,
    'WIN1252',
  ],
];

const known = new Map<string, Collation>();

/** Throws 448 for a name that is none. */
export function collation(name: string): Collation {
  const found = known.get(name);
  if (found !== undefined) return found;
  const rule = RULES.find(([pattern]) => pattern.test(name));
  const page = CODE_PAGES.find(([pattern]) => pattern.test(name));
  if (rule === undefined || page === undefined) {
    throw new SqlError(448, `Invalid collation '${name}'.`, { level: 16 });
  }
  const result: Collation = { pg: rule[1], codePage: page[1], encoding: page[2] };
  known.set(name, result);
  return result;
}

const DEFAULT_WORDS = /^(DATABASE|CATALOG)_DEFAULT$/i;

/** A collation as written: none, one by name, or the words for that of the current database. */
export function writtenCollation(
  written: string | null,
  otherwise: string,
  current: string,
): string {
  if (written === null) return otherwise;
  return DEFAULT_WORDS.test(written) ? current : written;
}
