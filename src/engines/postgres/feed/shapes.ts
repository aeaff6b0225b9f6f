import { SluiceError } from '../../../core/errors.js';
import type { Shape } from '../../../core/change.js';
import type { FeedEvent } from '../../contract/feed.js';
import type { RelationMessage } from '../replication/pgoutput-messages.js';

/** Values as PostgreSQL sends them; a change's `formats` says which cells are text, null: none. */
export const PGOUTPUT_WIRE = 'pgoutput';

/**
 * The shapes that a session has announced. A relation announced again unchanged (the server does
 * so after every catalogue invalidation) keeps its object, because shapes compare by identity.
 */
export class Shapes {
  private readonly byRelation: Map<number, Shape>;
  /** Since it was made. */
  private readonly learned = new Map<number, Shape>();

  constructor(known: Iterable<readonly [number, Shape]> = []) {
    this.byRelation = new Map(known);
  }

  copy(): Shapes {
    return new Shapes(this.byRelation);
  }

  /** What a transaction announced counts from its commit on. */
  adopt(announced: Shapes): void {
    for (const [relationId, shape] of announced.learned) this.byRelation.set(relationId, shape);
  }

  learn(message: RelationMessage): void {
    const shape: Shape = {
      table: {
        schema: message.schema === '' ? 'pg_catalog' : message.schema,
        table: message.table,
      },
      columns: message.columns.map((column) => ({
        name: column.name,
        type: String(column.typeOid),
        key: column.isKey,
      })),
      wire: PGOUTPUT_WIRE,
    };
    const known = this.byRelation.get(message.relationId);
    if (known !== undefined && equalShapes(known, shape)) return;
    this.byRelation.set(message.relationId, shape);
    this.learned.set(message.relationId, shape);
  }

  of(relationId: number): Shape {
    const shape = this.byRelation.get(relationId);
    if (shape !== undefined) return shape;
    throw new SluiceError('FEED_CHANGED', 'The change stream sent a row of an unannounced table.', {
      remedy: 'Check that no proxy alters the stream; it is read again from the checkpoint.',
    });
  }
}

/** The shapes of the changes among events, each once. */
export function shapesIn(events: readonly FeedEvent[]): Set<Shape> {
  const shapes = new Set<Shape>();
  for (const event of events) {
    if (event.kind !== 'changes') continue;
    for (const { shape } of event.changes) shapes.add(shape);
  }
  return shapes;
}

function equalShapes(a: Shape, b: Shape): boolean {
  return (
    a.table.schema === b.table.schema &&
    a.table.table === b.table.table &&
    a.columns.length === b.columns.length &&
    a.columns.every((column, index) => {
      const other = b.columns[index];
      return other?.name === column.name && other.type === column.type && other.key === column.key;
    })
  );
}
