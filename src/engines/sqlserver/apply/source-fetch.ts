import type { CanonicalKind } from '../../../core/canonical.js';
import { canonicalCell } from '../../../core/canonical.js';
import type { Image } from '../../../core/cell.js';
import type { Cell, Shape } from '../../../core/change.js';
import { UNCHANGED } from '../../../core/change.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import { parseNeutral } from '../../../core/neutral-type.js';
import type { NeutralCell } from '../../../core/neutral-wire.js';
import { neutralRows } from '../../../core/neutral-wire.js';
import type { Position } from '../../contract/feed.js';
import type { ChunkStream } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { SourceDatabase } from '../../engine.js';

export interface FetchRequest {
  readonly shape: Shape;
  /** Its key as it is now. */
  readonly row: Image;
}

export interface Fetched {
  /** Null when the source has no row of that key any more, or cannot be asked for it. */
  readonly row: Image | null;
  /** What it may have seen lies before; null where the source does not say. */
  readonly seen: Position | null;
}

/** A row as the source has it now, for the values that a change left out. */
export type FetchFromSource = (request: FetchRequest) => Promise<Fetched>;

const NOTHING: Fetched = { row: null, seen: null };

/**
 * FetchFromSource on a source of any engine; one statement for each row, as they are few.
 *
 * @param wires formats of rows that the target reads, best first
 */
export function fetchFrom(
  source: Pick<SourceDatabase, 'listTables' | 'fullSync'>,
  wires: readonly string[],
): FetchFromSource {
  const models = new Map<Shape, TableModel | null>();
  return async ({ shape, row }) => {
    let model = models.get(shape);
    if (model === undefined) {
      model = (await source.listTables([shape.table]))[0] ?? null;
      models.set(shape, model);
    }
    if (model?.key == null || source.fullSync.readKeys === undefined) return NOTHING;
    const sent = source.fullSync.wires(model);
    const wire = wires.find((name) => sent.includes(name));
    const key = keyText(shape, model.key, row);
    if (wire === undefined || key === null) return NOTHING;
    const stream = await source.fullSync.readKeys(model, [key], wire);
    return { row: await firstRow(shape, stream), seen: stream.position ?? null };
  };
}

async function firstRow(shape: Shape, stream: ChunkStream): Promise<Image | null> {
  try {
    for await (const cells of neutralRows(stream.bytes, stream.columns.length)) {
      return imageOf(shape, stream.columns, cells);
    }
    return null;
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

const UTC = ' +00:00';

function canonicalPart(type: NeutralType, cell: Buffer): string | null {
  const text = cell.toString('utf8');
  const kind = AS_THEY_ARE[type.kind];
  if (kind !== undefined) return canonicalCell(kind, text);
  if (type.kind === 'binary') return canonicalCell('binary', cell);
  if (type.kind === 'text') return canonicalCell(type.fixed ? 'fixed' : 'text', text);
  if (type.kind !== 'timestamp') return null;
  if (type.zone === 'none') return canonicalCell('timestamp', text);
  return text.endsWith(UTC) ? canonicalCell('timestamp', text.slice(0, -UTC.length)) : null;
}
