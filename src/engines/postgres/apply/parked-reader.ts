import type pg from 'pg';
import type { Change, Shape } from '../../../core/change.js';
import type { PlacedChange } from '../../../core/stage-changes.js';
import { SluiceError } from '../../../core/errors.js';
import { decodeShape, decodeTuple } from '../../../core/parked-codec.js';
import { DELETE_PARKED, SELECT_PARKED, SELECT_SHAPES } from './sql/drain.js';

/** They are in memory together, a few times over. */
const MAX_BYTES = 8 * 1024 * 1024;

interface ParkedRow {
  seq: string;
  shape_id: string;
  position: string;
  op: string;
  old_key: Buffer | null;
  row_data: Buffer | null;
}

/** Takes the parked changes of one table, in order, out of sluice.parked. */
export class ParkedReader {
  private readonly shapes = new Map<string, Shape>();
  private taken = '-1';

  constructor(
    private readonly client: pg.Client,
    private readonly tableId: string,
  ) {}

  /**
   * The next changes, deleted in the caller's transaction; empty when there are none, or none of
   * this position.
   */
  async take(limit: number, position: string | null = null): Promise<PlacedChange[]> {
    const { rows } = await this.client.query<ParkedRow>(SELECT_PARKED, [
      this.tableId,
      limit,
      this.taken,
      MAX_BYTES,
      position,
    ]);
    const last = rows[rows.length - 1];
    if (last === undefined) return [];
    await this.loadShapes(rows);
    const changes = rows.map((row) => ({ change: this.decode(row), position: row.position }));
    await this.client.query(DELETE_PARKED, [this.tableId, last.seq, this.taken]);
    this.taken = last.seq;
    return changes;
  }

  private async loadShapes(rows: readonly ParkedRow[]): Promise<void> {
    const unknown = new Set(rows.map((row) => row.shape_id).filter((id) => !this.shapes.has(id)));
    if (unknown.size === 0) return;
    const found = await this.client.query<{ shape_id: string; shape: unknown }>(SELECT_SHAPES, [
      [...unknown],
    ]);
    for (const row of found.rows) this.shapes.set(row.shape_id, decodeShape(row.shape));
  }

  private decode(row: ParkedRow): Change {
    const shape = this.shapes.get(row.shape_id);
    if (shape === undefined || !isOp(row.op)) {
      throw new SluiceError('UNEXPECTED', 'A row of sluice.parked cannot be read.', {
        remedy: 'Resync the table: the parked changes are not needed then.',
      });
    }
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
}

function isOp(op: string): op is Change['op'] {
  return op === 'i' || op === 'u' || op === 'd' || op === 't';
}
