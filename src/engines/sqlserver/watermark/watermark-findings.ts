import { z } from 'zod';
import { displayName } from '../../../core/names.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import type { MsIndex } from '../catalog/model.js';
import { isPrimary } from '../primary.js';
import type { Query } from '../sql-session.js';
import { quoteIdent } from '../sql/quote.js';
import { seesTransactions } from './settled-values.js';
import { decreasesSql } from './sql/decreases-sql.js';
import type { WatermarkColumn } from './watermark-column.js';

type Note = Omit<Finding, 'subject'>;

const DECREASES_ROW = z.object({ decreases: z.number() });

/** What `check` has to say of a table that is followed by this column. */
export async function watermarkFindings(
  query: Query,
  model: TableModel,
  of: WatermarkColumn,
): Promise<Finding[]> {
  const notes = [...keyNotes(model), ...columnNotes(model, of)];
  if (of.kind !== 'rowversion') {
    if (await decreases(query, model, of)) notes.push(decreasingNote(of));
    if (!(await seesTransactions(query))) notes.push(blindNote(of));
  }
  if (!(await isPrimary(query))) notes.push(secondaryNote());
  notes.push(deletesNote());
  const subject = displayName(model.name);
  return notes.map((note) => ({ ...note, subject }));
}

function keyNotes(model: TableModel): Note[] {
  if (model.key !== null) return [];
  return [
    {
      severity: 'error',
      code: 'watermark.no-key',
      message: 'It has no key by which a changed row could be found on the target.',
      remedy: 'Give it a primary key, set key: in its settings, or use mode: full.',
    },
  ];
}

function columnNotes(model: TableModel, of: WatermarkColumn): Note[] {
  const { column, relation, name, kind } = of;
  const notes: Note[] = [];
  if (column.nullable) {
    notes.push({
      severity: 'warning',
      code: 'watermark.nullable',
      message: `Its watermark column ${column.name} may be NULL, and a change that leaves it so is not seen.`,
      remedy: `Fill it and make it NOT NULL: ALTER TABLE ${relation} ALTER COLUMN ${name} … NOT NULL.`,
    });
  }
  if (!nativeTable(model).indexes.some((index) => isIndexed(index, column.name))) {
    notes.push({
      severity: 'warning',
      code: 'watermark.unindexed',
      message: `No index begins with its watermark column ${column.name}, so each look reads the whole table.`,
      remedy: `Run CREATE INDEX ${quoteIdent(`ix_${column.name}`.slice(0, 128))} ON ${relation} (${name}).`,
    });
  }
  if (kind === 'number' || kind === 'other') notes.push(numberNote(of));
  if (kind === 'time' && column.type.name !== 'datetimeoffset') notes.push(zoneNote(of));
  return notes;
}

function isIndexed(index: MsIndex, column: string): boolean {
  if (index.disabled || index.filtered) return false;
  return index.columns.some(({ name, keyPlace }) => keyPlace === 1 && name === column);
}

function numberNote({ column }: WatermarkColumn): Note {
  const identity = column.identity !== null;
  return {
    severity: 'info',
    code: 'watermark.number',
    message: identity
      ? `${column.name} is an identity: it grows with inserts only, and updates are not seen.`
      : `${column.name} is no time: values that an application fetches in advance and writes later can be missed.`,
    remedy:
      'Use a rowversion, or a column that is set from the clock with every insert and update.',
  };
}

function zoneNote({ column }: WatermarkColumn): Note {
  return {
    severity: 'info',
    code: 'watermark.local-time',
    message: `${column.name} has no time zone: where writers use local time it goes back by an hour once a year.`,
    remedy: 'Use datetimeoffset or rowversion, or let all writers write UTC.',
  };
}

function decreasingNote({ column }: WatermarkColumn): Note {
  return {
    severity: 'warning',
    code: 'watermark.decreasing',
    message: `The newest rows have lower values of ${column.name} than the oldest ones: new rows would be missed.`,
    remedy: 'Choose a column that grows with every insert and update.',
  };
}

function blindNote({ column }: WatermarkColumn): Note {
  return {
    severity: 'warning',
    code: 'watermark.blind',
    message:
      `The login does not see when others' transactions began, so ${column.name} is read up to its ` +
      'highest value: what a transaction longer than the overlap writes can be missed.',
    remedy: 'Run GRANT VIEW SERVER STATE TO the login, or set a longer watermark.overlap.',
  };
}

function secondaryNote(): Note {
  return {
    severity: 'error',
    code: 'watermark.secondary',
    message:
      'Its server is a read-only secondary, where nobody sees which changes are still on their way.',
    remedy:
      'Name the primary or the listener without applicationIntent: readOnly, or load the table by ' +
      'the clock (mode: full).',
  };
}

function deletesNote(): Note {
  return {
    severity: 'info',
    code: 'watermark.deletes',
    message: 'A watermark cannot see deleted rows.',
    remedy: 'Set deletes: sweep or deletes: softDeleteColumn where rows are deleted.',
  };
}

/** By the order of an identity or another whole number in the key, which rows came last. */
async function decreases(query: Query, model: TableModel, of: WatermarkColumn): Promise<boolean> {
  const [key, ...rest] = model.key ?? [];
  const column = key === undefined ? undefined : nativeTable(model).column(key);
  if (column?.identity == null || rest.length > 0 || column.name === of.column.name) return false;
  const [row] = await query(decreasesSql(of, quoteIdent(column.name)));
  return DECREASES_ROW.parse(row).decreases === 1;
}
