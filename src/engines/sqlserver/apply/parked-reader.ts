import type { Change, Shape } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import { decodeShape, decodeTuple } from '../../../core/parked-codec.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { DELETE_PARKED, SELECT_PARKED, SELECT_PARKED_AT, SELECT_SHAPE } from './sql/drain.js';

interface ParkedRecord extends Record<string, unknown> {
  seq: string;
  shape_id: string;
  position: string;
  op: string;
  old_key: Buffer | null;
  row_data: Buffer | null;
}

export interface ParkedChunk {
  readonly changes: readonly Change[];
  readonly position: string | null;
}

/** Takes the parked changes of one table, in order, out of sluice.parked. */
export class ParkedReader {
  private readonly shapes = new Map<string, Shape>();
  private taken = '-1';

  constructor(
    private readonly query: Query,
    private readonly tableId: string,
  ) {}

  /**
   * The next changes, deleted in the caller's transaction; empty when there are none, or none of
   * this position.
   */
  async take(limit: number, position: string | null = null): Promise<ParkedChunk> {
    const table = param.bigint('table', this.tableId);
    const after = param.bigint('after', this.taken);
    const params = [table, after, param.int('limit', limit)];
    const rows =
      position === null
        ? await this.query<ParkedRecord>(SELECT_PARKED, params)
        : await this.query<ParkedRecord>(SELECT_PARKED_AT, [
            ...params,
            param.nvarchar('position', position),
          ]);
    const last = rows[rows.length - 1];
    if (last === undefined) return { changes: [], position: null };
    const changes: Change[] = [];
    for (const row of rows) changes.push(decode(row, await this.shape(row.shape_id)));
    await this.query(DELETE_PARKED, [table, after, param.bigint('last', last.seq)]);
    this.taken = last.seq;
    return { changes, position: last.position };
  }

  private async shape(shapeId: string): Promise<Shape> {
    const known = this.shapes.get(shapeId);
    if (known !== undefined) return known;
    const params = [param.bigint('shape', shapeId)];
    const [row] = await this.query<{ shape: string }>(SELECT_SHAPE, params);
    if (row === undefined) throw unreadable();
    const shape = decodeShape(JSON.parse(row.shape));
    this.shapes.set(shapeId, shape);
    return shape;
  }
}

function decode(row: ParkedRecord, shape: Shape): Change {
  if (!isOp(row.op)) throw unreadable();
  const image = row.row_data === null ? null : decodeTuple(row.row_data);
  const old = row.old_key === null ? null : decodeTuple(row.old_key);
  return {
    shape,
    op: row.op,
    oldKey: old?.cells ?? null,
    row: image?.cells ?? null,
    formats: image?.formats ?? null,
    oldKeyFormats: old?.formats ?? null,
    bytes: (row.row_data?.length ?? 0) + (row.old_key?.length ?? 0),
  };
}

function isOp(op: string): op is Change['op'] {
  return op === 'i' || op === 'u' || op === 'd' || op === 't';
}

function unreadable(): SluiceError {
  return new SluiceError('UNEXPECTED', 'A row of sluice.parked cannot be read.', {
    remedy: 'Resync the table: the parked changes are not needed then.',
  });
}
