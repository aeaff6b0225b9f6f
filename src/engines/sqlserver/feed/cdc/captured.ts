import { z } from 'zod';
import type { Shape } from '../../../../core/change.js';
import type { MsType } from '../../catalog/model.js';
import type { Query } from '../../sql-session.js';
import type { ChangeForm, WireColumn } from '../wire-column.js';
import { formatsOf, goesAsText, wireColumn } from '../wire-column.js';
import type { Instance } from './instances.js';
import { READ_CAPTURED } from './sql/instances-sql.js';
import type { PageTable } from './sql/page-sql.js';

/** A captured column that travels: computed ones and those that the source dropped do not. */
export interface CapturedColumn {
  readonly name: string;
  /** Its bit in the update mask, from 1. */
  readonly ordinal: number;
  /** The log leaves its value out of an update that did not touch it. */
  readonly large: boolean;
  readonly key: boolean;
  readonly wire: WireColumn;
}

/** An instance with its columns as they are now. */
export interface Captured {
  readonly instance: Instance;
  readonly shape: Shape;
  readonly columns: readonly CapturedColumn[];
  /** The format of each cell: 1 for raw bytes, 0 for text. */
  readonly formats: Uint8Array;
  readonly page: PageTable;
}

const ROW = z.object({
  instanceId: z.number(),
  name: z.string(),
  ordinal: z.number(),
  computed: z.boolean().nullable(),
  typeName: z.string(),
  maxLength: z.number(),
  precision: z.number(),
  scale: z.number(),
  sourceTypeName: z.string().nullable(),
  onSource: z.number(),
  isKey: z.number(),
  isPrimary: z.number(),
});

type Row = z.infer<typeof ROW>;

const LARGE_TYPES = new Set(['text', 'ntext', 'image', 'xml']);
const MAX = -1;

/** Columns of all instances, by the instance's id. */
export async function readCaptured(
  query: Query,
  instances: readonly Instance[],
  form: ChangeForm,
): Promise<Map<number, Captured>> {
  const rows = (await query(READ_CAPTURED)).map((row) => ROW.parse(row));
  const captured = new Map<number, Captured>();
  for (const instance of instances) {
    const own = rows.filter((row) => row.instanceId === instance.id);
    captured.set(instance.id, describe(instance, own, form));
  }
  return captured;
}

function describe(instance: Instance, rows: readonly Row[], form: ChangeForm): Captured {
  const key = keyOf(rows);
  const columns = rows.filter(travels).map((row): CapturedColumn => {
    const { name, ordinal } = row;
    const column = { name, type: typeOf(row), key: key.has(name) };
    const asText = goesAsText(form, instance.table, column);
    return {
      name,
      ordinal,
      large: row.maxLength === MAX || LARGE_TYPES.has(row.typeName),
      key: column.key,
      wire: wireColumn(name, column.type, form.wire, asText),
    };
  });
  const shape: Shape = {
    table: instance.table,
    columns: columns.map((column) => ({
      name: column.name,
      key: column.key,
      type: column.wire.type,
    })),
    wire: form.wire,
  };
  const page = {
    changeTable: instance.changeTable,
    hasCommand: instance.hasCommand,
    columns: columns.map((column) => column.wire.expression('c')),
  };
  const formats = formatsOf(columns.map(({ wire: of }) => of));
  return { instance, shape, columns, formats, page };
}

/** The primary key, else what the instance names rows by; none where a part of both is computed. */
function keyOf(rows: readonly Row[]): ReadonlySet<string> {
  const keys = [rows.filter((row) => row.isPrimary === 1), rows.filter((row) => row.isKey === 1)];
  const whole = keys.find((key) => key.length > 0 && key.every((row) => row.computed !== true));
  return new Set(whole?.map((row) => row.name));
}

function travels(row: Row): boolean {
  return row.computed !== true && row.onSource === 1;
}

/** A rowversion is kept as plain binary there; its own type says what it is. */
function typeOf(row: Row): MsType {
  const { typeName, maxLength, precision, scale } = row;
  const name = row.sourceTypeName === 'timestamp' ? 'timestamp' : typeName;
  return { name, maxLength, precision, scale };
}

/** Keep the shapes that did not change, because shapes compare by identity. */
export function keepShapes(
  before: ReadonlyMap<number, Captured>,
  now: ReadonlyMap<number, Captured>,
): Map<number, Captured> {
  return new Map(
    [...now].map(([id, captured]) => {
      const known = before.get(id);
      const same = known !== undefined && signature(known) === signature(captured);
      return [id, same ? { ...captured, shape: known.shape } : captured];
    }),
  );
}

function signature({ shape, columns }: Captured): string {
  return JSON.stringify([shape, columns.map(({ ordinal }) => ordinal)]);
}
