import { WHOLE_TEXT, type AsText } from '../../../core/as-text.js';
import type { Cell, Change, Shape } from '../../../core/change.js';
import { BINARY_FORMAT, TEXT_FORMAT, fillFrom, oldImage, rowImage } from '../../../core/cell.js';
import { formatNeutral, isBytes, type NeutralType } from '../../../core/neutral-type.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { TableName } from '../../../core/names.js';
import { hasWholeKey } from '../../../core/whole-rows.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import { builtInType, hasText } from '../catalog/neutral-type.js';
import { cellFromText } from '../neutral/cell-from-text.js';
import type { SqlSession } from '../sql-session.js';
import { shapesIn } from './shapes.js';

/** $1 numbers of types: what each is made of, below its domains. */
const BASE_TYPES = `
with recursive base as (
  select oid as asked, oid, typtype, typname, typbasetype, typnamespace
    from pg_type
   where oid = any ($1::oid[])
   union all
  select b.asked, t.oid, t.typtype, t.typname, t.typbasetype, t.typnamespace
    from base b
    join pg_type t on t.oid = b.typbasetype
   where b.typtype = 'd')
select asked::text, typname as name, typtype::text as kind,
       typnamespace = 'pg_catalog'::regnamespace as built_in
  from base
 where typtype <> 'd'`;

interface BaseType extends Record<string, unknown> {
  readonly asked: string;
  readonly name: string;
  readonly kind: string;
  readonly built_in: boolean;
}

export interface NeutralShape {
  readonly shape: Shape;
  readonly types: readonly NeutralType[];
  readonly formats: Uint8Array;
}

/**
 * A reader whose changes, sent by the server as text, are told in neutral form. A table that gets a
 * column of a type that only PostgreSQL knows is lost to it; the others go on.
 */
export class NeutralReader implements FeedReader {
  readonly #types = new Map<string, NeutralType | null>();
  /** Or the column that only PostgreSQL can hold. */
  readonly #shapes = new WeakMap<Shape, NeutralShape | string>();

  constructor(
    private readonly reader: FeedReader,
    private readonly session: SqlSession,
    private readonly asText: AsText = () => [],
  ) {}

  async read(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]> {
    const events = await this.reader.read(waitMs, eager);
    await this.#learnTypes(events);
    return events.flatMap((event) =>
      event.kind === 'changes' ? this.#told(event.changes) : event,
    );
  }

  acknowledge(position: Position): void {
    this.reader.acknowledge(position);
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  async #learnTypes(events: readonly FeedEvent[]): Promise<void> {
    const unknown = new Set<string>();
    for (const shape of shapesIn(events)) {
      if (this.#shapes.has(shape)) continue;
      for (const { type } of shape.columns) if (!this.#types.has(type)) unknown.add(type);
    }
    if (unknown.size === 0) return;
    const found = await this.session.query<BaseType>(BASE_TYPES, [[...unknown]]);
    for (const { asked, name, kind, built_in: builtIn } of found) {
      const known = builtIn ? builtInType(name, null, null) : null;
      this.#types.set(asked, kind === 'e' ? LABEL : known);
    }
  }

  #told(given: readonly Change[]): FeedEvent[] {
    const lost = new Map<Shape, string>();
    const changes: Change[] = [];
    for (const change of given) {
      const shape = this.#learn(change.shape);
      if (typeof shape === 'string') lost.set(change.shape, shape);
      else changes.push(neutralChange(change, shape));
    }
    // Told with each of its changes: the table may have been copied anew meanwhile.
    const events = [...lost].map(([{ table }, column]) => lostBy(table, column));
    return changes.length === 0 ? events : [...events, { kind: 'changes', changes }];
  }

  /** The name of the column that keeps a shape from being told. */
  #learn(shape: Shape): NeutralShape | string {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const learned = this.#neutralShape(shape);
    this.#shapes.set(shape, learned);
    return learned;
  }

  #neutralShape(shape: Shape): NeutralShape | string {
    const types: NeutralType[] = [];
    for (const column of shape.columns) {
      const type = this.#typeOf(shape, column);
      if (type === null) return column.name;
      types.push(type);
    }
    const columns = shape.columns.map((column, at) => ({
      ...column,
      type: formatNeutral(types[at] ?? LABEL),
    }));
    const formats = Uint8Array.from(types, (type) => (isBytes(type) ? BINARY_FORMAT : TEXT_FORMAT));
    const told = { table: shape.table, wire: NEUTRAL_WIRE, columns };
    return { shape: told, types, formats };
  }

  /** With REPLICA IDENTITY FULL every column is one of the key. */
  #typeOf(shape: Shape, { name, type: oid, key }: Shape['columns'][number]): NeutralType | null {
    const type = this.#types.get(oid) ?? null;
    const findsRows = key && !hasWholeKey(shape);
    const isText = !findsRows && hasText(type) && this.asText(shape.table).includes(name);
    return isText ? WHOLE_TEXT : type;
  }
}

function lostBy(table: TableName, column: string): FeedEvent {
  const reason =
    `Its column ${column} has a type that only PostgreSQL knows: list the column in asText, give ` +
    'it another type, or leave the table out of the pipeline.';
  return { kind: 'lost', table, reason };
}

/** An enum's value is its label. */
const LABEL = WHOLE_TEXT;

/**
 * With REPLICA IDENTITY FULL the old row has the large values, too, that the new row leaves out. What
 * finds its rows by a key of its own has to have them: who writes them by whole rows, as a target of
 * this engine does, would only write them again.
 */
export function neutralChange(change: Change, { shape, types, formats }: NeutralShape): Change {
  const cells = (row: readonly Cell[] | null): Cell[] | null =>
    row?.map((cell, at) => neutralCell(cell, types[at])) ?? null;
  return {
    shape,
    op: change.op,
    row: cells(wholeRow(change)),
    oldKey: cells(change.oldKey),
    bytes: change.bytes,
    formats: change.row === null ? null : formats,
    oldKeyFormats: change.oldKey === null ? null : formats,
  };
}

function wholeRow(change: Change): readonly Cell[] | null {
  const [row, old] = [rowImage(change, []), oldImage(change)];
  const isFull = hasWholeKey(change.shape);
  return row !== null && old !== null && isFull ? fillFrom(row, old).cells : change.row;
}

function neutralCell(cell: Cell, type: NeutralType | undefined): Cell {
  return Buffer.isBuffer(cell) && type !== undefined ? cellFromText(cell, type) : cell;
}
