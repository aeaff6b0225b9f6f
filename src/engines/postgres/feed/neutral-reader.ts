import type { Cell, Change, Shape } from '../../../core/change.js';
import { BINARY_FORMAT, TEXT_FORMAT } from '../../../core/cell.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { formatNeutral, isBytes, type NeutralType } from '../../../core/neutral-type.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import { builtInType } from '../catalog/neutral-type.js';
import { cellFromText } from '../neutral/cell-from-text.js';
import type { SqlSession } from '../sql-session.js';

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

interface NeutralShape {
  readonly shape: Shape;
  readonly types: readonly NeutralType[];
  readonly formats: Uint8Array;
}

/** A reader whose changes, sent by the server as text, are told in neutral form. */
export class NeutralReader implements FeedReader {
  readonly #types = new Map<string, NeutralType | null>();
  readonly #shapes = new WeakMap<Shape, NeutralShape>();

  constructor(
    private readonly reader: FeedReader,
    private readonly session: SqlSession,
  ) {}

  async read(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]> {
    const events = await this.reader.read(waitMs, eager);
    await this.#learnTypes(events);
    return events.map((event) =>
      event.kind === 'changes'
        ? { kind: 'changes', changes: event.changes.map((change) => this.#neutral(change)) }
        : event,
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
    for (const event of events) {
      if (event.kind !== 'changes') continue;
      for (const { shape } of event.changes) {
        if (this.#shapes.has(shape)) continue;
        for (const { type } of shape.columns) if (!this.#types.has(type)) unknown.add(type);
      }
    }
    if (unknown.size === 0) return;
    const found = await this.session.query<BaseType>(BASE_TYPES, [[...unknown]]);
    for (const { asked, name, kind, built_in: builtIn } of found) {
      const known = builtIn ? builtInType(name, null, null) : null;
      this.#types.set(asked, kind === 'e' ? LABEL : known);
    }
  }

  #neutral(change: Change): Change {
    const { shape, types, formats } = this.#shapeOf(change.shape);
    const cells = (row: readonly Cell[] | null): Cell[] | null =>
      row?.map((cell, at) => neutralCell(cell, types[at])) ?? null;
    return {
      ...change,
      shape,
      row: cells(change.row),
      oldKey: cells(change.oldKey),
      formats: change.row === null ? null : formats,
      oldKeyFormats: change.oldKey === null ? null : formats,
    };
  }

  #shapeOf(shape: Shape): NeutralShape {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const types = shape.columns.map((column) => {
      const type = this.#types.get(column.type) ?? null;
      if (type === null) throw unsupported(shape, column.name);
      return type;
    });
    const neutral: NeutralShape = {
      shape: {
        table: shape.table,
        wire: NEUTRAL_WIRE,
        columns: shape.columns.map((column, at) => ({
          ...column,
          type: formatNeutral(types[at] ?? LABEL),
        })),
      },
      types,
      formats: Uint8Array.from(types, (type) => (isBytes(type) ? BINARY_FORMAT : TEXT_FORMAT)),
    };
    this.#shapes.set(shape, neutral);
    return neutral;
  }
}

/** An enum's value is its label. */
const LABEL: NeutralType = { kind: 'text', length: null, fixed: false };

function neutralCell(cell: Cell, type: NeutralType | undefined): Cell {
  return Buffer.isBuffer(cell) && type !== undefined ? cellFromText(cell, type) : cell;
}

function unsupported(shape: Shape, column: string): SluiceError {
  return new SluiceError(
    'TYPE_UNSUPPORTED',
    `${displayName(shape.table)}, column ${column}, has a type that only PostgreSQL knows.`,
    { remedy: 'Leave the table out of the pipeline, or give the column another type.' },
  );
}
