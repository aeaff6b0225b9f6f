import type pg from 'pg';
import type { Shape } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import { oldImage } from '../../../core/cell.js';
import { encodeArray } from '../copy-binary.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import { int8Array } from './binary-values.js';
import { encodeShape, encodeTuple } from '../../../core/parked-codec.js';
import { ENSURE_SHAPE, INSERT_PARKED, SELECT_SHAPE } from './sql/lane.js';
import type { StatementNames } from './statement-names.js';
import type { Step } from './steps.js';

const TEXT = 25;
const CHAR = 18;
const BYTEA = 17;
const PARAMETER_TYPES = [TEXT, 1016, 1016, 1016, 1002, 1001, 1001];

/** Numbers of the shapes that parked changes refer to. */
export class ParkedShapes {
  private readonly ids = new Map<Shape, Map<string, bigint>>();

  constructor(private readonly client: pg.Client) {}

  get(shape: Shape, tableId: string): bigint | undefined {
    return this.ids.get(shape)?.get(tableId);
  }

  /** Runs statements on the session: nothing else may. */
  async load(shape: Shape, tableId: string): Promise<void> {
    if (this.get(shape, tableId) !== undefined) return;
    const values = [tableId, encodeShape(shape)];
    await this.client.query(ENSURE_SHAPE, values);
    const found = await this.client.query<{ shape_id: string }>(SELECT_SHAPE, values);
    const row = found.rows[0];
    if (row === undefined) {
      throw new SluiceError('UNEXPECTED', `The shape of table ${tableId} was not stored.`);
    }
    const byTable = this.ids.get(shape) ?? new Map<string, bigint>();
    byTable.set(tableId, BigInt(row.shape_id));
    this.ids.set(shape, byTable);
  }

  /** After a rollback the numbers may be of rows that are not there. */
  clear(): void {
    this.ids.clear();
  }
}

/** One statement that parks the entries under the numbers from `firstSeq` on. */
export function parkSteps(
  entries: readonly BatchEntry[],
  firstSeq: bigint,
  position: string,
  shapes: ParkedShapes,
  names: StatementNames,
): Step[] {
  if (entries.length === 0) return [];
  const bytes = (cells: readonly (Buffer | null)[]) => encodeArray(BYTEA, cells);
  const values = [
    position,
    int8Array(entries.map(({ member }) => BigInt(member.tableId))),
    int8Array(entries.map((_, i) => firstSeq + BigInt(i))),
    int8Array(entries.map(({ change, member }) => shapes.get(change.shape, member.tableId) ?? 0n)),
    encodeArray(
      CHAR,
      entries.map(({ change }) => Buffer.from(change.op, 'latin1')),
    ),
    bytes(entries.map(({ change }) => encodeOldKey(change))),
    bytes(entries.map(({ change }) => encodeRow(change))),
  ];
  const statement = names.statement(INSERT_PARKED, PARAMETER_TYPES, values);
  return [{ tableId: null, statement, expected: null }];
}

function encodeOldKey(change: BatchEntry['change']): Buffer | null {
  const old = oldImage(change);
  return old === null ? null : encodeTuple(old);
}

function encodeRow(change: BatchEntry['change']): Buffer | null {
  if (change.row === null) return null;
  return encodeTuple({ cells: change.row, formats: change.formats });
}
