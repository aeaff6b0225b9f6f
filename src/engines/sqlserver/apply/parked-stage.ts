import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Shape } from '../../../core/change.js';
import { oldImage } from '../../../core/cell.js';
import { encodeShape, encodeTuple } from '../../../core/parked-codec.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import type { BulkColumn, MsSession, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { CREATE_PARKED_STAGE, INSERT_PARKED, PARKED_STAGE, shapeSql } from './sql/park.js';

const COLUMNS: readonly BulkColumn[] = [
  { name: 'table_id', type: 'bigint', nullable: false },
  { name: 'seq', type: 'bigint', nullable: false },
  { name: 'shape_id', type: 'bigint', nullable: false },
  { name: 'op', type: 'nvarchar', length: 1, nullable: false },
  { name: 'old_key', type: 'varbinary', length: 'max', nullable: true },
  { name: 'row_data', type: 'varbinary', length: 'max', nullable: true },
];

/** Where the changes of parked tables wait for the transaction that keeps them. */
export class ParkedStage {
  private readonly shapes = new Map<Shape, Map<string, string>>();
  private made = false;
  private dirty = false;

  constructor(private readonly session: MsSession) {}

  /** Stage the entries under the numbers from `firstSeq` on. */
  async load(entries: readonly BatchEntry[], firstSeq: bigint): Promise<void> {
    if (entries.length === 0) return;
    if (!this.made) await this.session.batch(CREATE_PARKED_STAGE);
    this.made = true;
    const rows: unknown[][] = [];
    for (const [i, { change, member }] of entries.entries()) {
      const { tableId } = member;
      const shapeId = await this.shapeId(change.shape, tableId);
      const old = oldImage(change);
      const row = change.row === null ? null : { cells: change.row, formats: change.formats };
      rows.push([
        tableId,
        String(firstSeq + BigInt(i)),
        shapeId,
        change.op,
        old === null ? null : encodeTuple(old),
        row === null ? null : encodeTuple(row),
      ]);
    }
    this.dirty = true;
    await this.session.bulkLoad(PARKED_STAGE, COLUMNS, Readable.from([rows]));
  }

  /**
   * Keep what is staged, inside the caller's transaction.
   *
   * @param position everything up to here had been delivered before
   */
  async keep(query: Query, position: string): Promise<void> {
    if (this.dirty) await query(INSERT_PARKED, [param.nvarchar('position', position)]);
  }

  async clear(): Promise<void> {
    if (this.dirty) await this.session.batch(`truncate table ${PARKED_STAGE}`);
    this.dirty = false;
  }

  /** The number of a shape, which outlives a batch that is rolled back. */
  private async shapeId(shape: Shape, tableId: string): Promise<string> {
    const byTable = this.shapes.get(shape) ?? new Map<string, string>();
    const known = byTable.get(tableId);
    if (known !== undefined) return known;
    const text = encodeShape(shape);
    const digest = createHash('sha256').update(text).digest();
    const rows = await this.session.query<{ shape_id: string }>(shapeSql, [
      param.bigint('table', tableId),
      param.varbinary('digest', digest),
      param.nvarchar('shape', text),
    ]);
    const id = rows[0]?.shape_id;
    if (id === undefined) throw new Error('The shape of a parked change was not stored.');
    byTable.set(tableId, id);
    this.shapes.set(shape, byTable);
    return id;
  }
}
