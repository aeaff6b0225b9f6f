import { WHOLE_TEXT, withTexts } from '../../core/as-text.js';
import type { CanonicalKind } from '../../core/canonical.js';
import { canonicalCell } from '../../core/canonical.js';
import type { Image } from '../../core/cell.js';
import type { Cell, Shape } from '../../core/change.js';
import { UNCHANGED } from '../../core/change.js';
import type { NeutralType } from '../../core/neutral-type.js';
import { formatNeutral, parseNeutral } from '../../core/neutral-type.js';
import type { NeutralCell } from '../../core/neutral-wire.js';
import { NEUTRAL_WIRE, neutralRows } from '../../core/neutral-wire.js';
import { SluiceError } from '../../core/errors.js';
import { displayName, type TableName } from '../../core/names.js';
import type { SourceDatabase } from '../engine.js';
import type { Position } from './feed.js';
import type { ChunkStream } from './full-sync.js';
import type { TableModel } from './schema.js';

/** A row as the source has it; none: it has no row of that key any more; unknown: it cannot be asked. */
export type Answer = Image | 'none' | 'unknown';

export interface Fetched {
  /** One for each row that was asked for. */
  readonly answers: readonly Answer[];
  /** What they may have seen lies before; null where the source does not say. */
  readonly seen: Position | null;
}

/**
 * Rows as the source has them now, by images with their keys, for the values that changes left out.
 * `key`: columns that find a row where the source's own key does not (one that is checked late).
 */
export type FetchFromSource = (
  shape: Shape,
  rows: readonly Image[],
  key: readonly string[],
) => Promise<Fetched>;

const KEYS_PER_STATEMENT = 200;
const SENT_TEXT = formatNeutral(WHOLE_TEXT);

/** What a row has in columns that a change left out is neither on the target nor to be had. */
export function valuesUnknown(table: TableName): SluiceError {
  const message =
    `Rows of ${displayName(table)} changed while it was copied, and the source cannot be asked ` +
    'by their keys for the values that did not change.';
  return new SluiceError('FEED_GAP', message, {
    remedy: 'Resync the table while the source table rests.',
  });
}

/**
 * FetchFromSource on a source of any engine.
 *
 * @param wires formats of rows that the target reads, best first
 */
export function fetchFrom(
  source: Pick<SourceDatabase, 'listTables' | 'fullSync'>,
  wires: readonly string[],
): FetchFromSource {
  const models = new Map<Shape, TableModel | null>();
  return async (shape, rows, key) => {
    let model = models.get(shape);
    if (model === undefined) {
      const [listed] = await source.listTables([shape.table]);
      model = listed === undefined ? null : asSent({ ...listed, key: listed.key ?? key }, shape);
      models.set(shape, model);
    }
    const ask = model === null ? null : askOf(source, shape, model, wires);
    const texts = rows.map((row) => ask?.keyOf(row) ?? null);
    const answers = texts.map((text): Answer => (text === null ? 'unknown' : 'none'));
    if (ask === null) return { answers, seen: null };
    let seen: Position | null = null;
    const note = (position: Position | null): void => {
      if (position !== null && (seen === null || position > seen)) seen = position;
    };
    const keys = [...new Set(texts.filter((text) => text !== null))];
    const found = await findRows(ask, keys, note);
    texts.forEach((text, n) => {
      const row = text === null ? undefined : found.get(text);
      if (row !== undefined) answers[n] = row;
    });
    return { answers, seen };
  };
}

/** The rows are to have the form of the changes that they complete. */
function asSent(model: TableModel, { wire, columns }: Shape): TableModel {
  if (wire !== NEUTRAL_WIRE) return model;
  const able = model.neutral.columns.filter(({ hasText }) => hasText === true);
  const names = columns.flatMap(({ name, type }) =>
    type === SENT_TEXT && able.some((column) => column.name === name) ? [name] : [],
  );
  return { ...model, neutral: withTexts(model.neutral, names) };
}

interface Ask {
  keyOf(row: Image): string | null;
  read(keys: readonly string[]): Promise<{ rows: Image[]; seen: Position | null }>;
}

function askOf(
  { fullSync }: Pick<SourceDatabase, 'fullSync'>,
  shape: Shape,
  model: TableModel,
  wires: readonly string[],
): Ask | null {
  const { key } = model;
  const sent = fullSync.wires(model);
  const wire = wires.find((name) => sent.includes(name));
  const readKeys = fullSync.readKeys?.bind(fullSync);
  if (key === null || wire === undefined || readKeys === undefined) return null;
  return {
    keyOf: (row) => keyText(shape, key, row),
    read: async (keys) => {
      const stream = await readKeys(model, keys, wire);
      return { rows: await allRows(shape, stream), seen: stream.position ?? null };
    },
  };
}

/**
 * Rows by the text of the key that was asked for. Where none has just that text the source is asked
 * for that key alone: to it, keys that are written differently may be one.
 */
async function findRows(
  ask: Ask,
  keys: readonly string[],
  note: (seen: Position | null) => void,
): Promise<Map<string, Image>> {
  const found = new Map<string, Image>();
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    const wanted = keys.slice(start, start + KEYS_PER_STATEMENT);
    const { rows, seen } = await ask.read(wanted);
    note(seen);
    const byKey = new Map(rows.map((row) => [ask.keyOf(row), row]));
    const others = rows.length > wanted.filter((key) => byKey.has(key)).length;
    for (const key of wanted) {
      const row = byKey.get(key) ?? (others ? await findAlone(ask, key, note) : undefined);
      if (row !== undefined) found.set(key, row);
    }
  }
  return found;
}

async function findAlone(
  ask: Ask,
  key: string,
  note: (seen: Position | null) => void,
): Promise<Image | undefined> {
  const { rows, seen } = await ask.read([key]);
  note(seen);
  return rows[0];
}

async function allRows(shape: Shape, stream: ChunkStream): Promise<Image[]> {
  const rows: Image[] = [];
  try {
    for await (const cells of neutralRows(stream.bytes, stream.columns.length)) {
      rows.push(imageOf(shape, stream.columns, cells));
    }
    return rows;
  } finally {
    await stream.close();
  }
}

function imageOf(shape: Shape, names: readonly string[], cells: readonly NeutralCell[]): Image {
  const byName = new Map(names.map((name, i) => [name, cells[i] ?? null]));
  const row = shape.columns.map(({ name }): Cell => {
    const cell = byName.get(name);
    return cell === undefined ? UNCHANGED : cell;
  });
  return { cells: row, formats: null };
}

/** The canonical text of a row's key; null where it cannot be written. */
function keyText(shape: Shape, key: readonly string[], row: Image): string | null {
  let text = '';
  for (const name of key) {
    const index = shape.columns.findIndex((column) => column.name === name);
    const cell = row.cells[index];
    const type = shape.columns[index]?.type;
    if (type === undefined || type.startsWith('native:') || !Buffer.isBuffer(cell)) return null;
    const part = canonicalPart(parseNeutral(type), cell);
    if (part === null) return null;
    text += part;
  }
  return text;
}

const AS_THEY_ARE: Readonly<Partial<Record<NeutralType['kind'], CanonicalKind>>> = {
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'decimal',
  float: 'float',
  date: 'date',
  time: 'time',
  uuid: 'uuid',
};

function canonicalPart(type: NeutralType, cell: Buffer): string | null {
  const text = cell.toString('utf8');
  const kind = AS_THEY_ARE[type.kind];
  if (kind !== undefined) return canonicalCell(kind, text);
  if (type.kind === 'binary') return canonicalCell('binary', cell);
  if (type.kind === 'text') return canonicalCell(type.fixed ? 'fixed' : 'text', text);
  if (type.kind !== 'timestamp') return null;
  if (type.zone === 'none') return canonicalCell('timestamp', text);
  const instant = inUtc(text);
  return instant === null ? null : canonicalCell('timestamp', instant);
}

const MOMENT = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(:\d\d(?:\.\d+)?) ([+-])(\d\d):(\d\d)$/;

/** The wall clock of UTC at a moment that was written with its offset; null where it is none. */
function inUtc(text: string): string | null {
  const match = MOMENT.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, rest = '', sign, hours, minutes] = match;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const moment = new Date(0);
  moment.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  moment.setUTCHours(Number(hour), Number(minute) - offset);
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')}${rest}`;
}
