import type pg from 'pg';
import { displayName } from '../../../core/names.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { HIDES_OTHERS } from './running-sql.js';
import type { WatermarkColumn } from './watermark-sql.js';

type Note = Omit<Finding, 'subject'>;

/** What `check` has to say of a table that is followed by this column. */
export async function watermarkFindings(
  client: pg.Client,
  model: TableModel,
  of: WatermarkColumn,
): Promise<Finding[]> {
  const hidden = await client.query<{ hidden: boolean }>(HIDES_OTHERS);
  const notes = [
    ...keyNotes(model),
    ...columnNotes(model, of),
    ...((await decreases(client, model, of)) ? [decreasingNote(of)] : []),
    ...(hidden.rows[0]?.hidden === true ? [hiddenNote(of)] : []),
    deletesNote(),
  ];
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
  const notes: Note[] = [];
  const column = model.columns.find((one) => one.name === of.column);
  if (column?.nullable === true) {
    notes.push({
      severity: 'warning',
      code: 'watermark.nullable',
      message: `Its watermark column ${of.column} may be NULL, and a change that leaves it so is not seen.`,
      remedy: `Fill it and run ALTER TABLE … ALTER COLUMN ${quoteIdent(of.column)} SET NOT NULL.`,
    });
  }
  if (!nativeTable(model).leaves.every((leaf) => isIndexed(leaf, of.column))) {
    const table = quoteQualified(model.name.schema, model.name.table);
    notes.push({
      severity: 'warning',
      code: 'watermark.unindexed',
      message: `No index begins with its watermark column ${of.column}, so each look reads the whole table.`,
      remedy: `Run CREATE INDEX CONCURRENTLY ON ${table} (${quoteIdent(of.column)}).`,
    });
  }
  if (of.kind === 'other') notes.push(numberNote(of));
  if (of.kind === 'time') notes.push(zoneNote(of));
  return notes;
}

function isIndexed(relation: PgRelation, column: string): boolean {
  return relation.indexes.some(
    (index) => index.valid && !index.partial && index.columns[0] === column,
  );
}

function numberNote(of: WatermarkColumn): Note {
  return {
    severity: 'info',
    code: 'watermark.number',
    message:
      `${of.column} is no time: a value counts once every transaction has ended that ran when it ` +
      'was seen. Values that an application fetches in advance and writes later can be missed.',
    remedy: 'Use a column that is set from the clock with every insert and update.',
  };
}

function zoneNote(of: WatermarkColumn): Note {
  return {
    severity: 'info',
    code: 'watermark.local-time',
    message: `${of.column} has no time zone: where writers use local time it goes back by an hour once a year.`,
    remedy: 'Use timestamp with time zone, or let all writers write UTC.',
  };
}

function decreasingNote(of: WatermarkColumn): Note {
  return {
    severity: 'warning',
    code: 'watermark.decreasing',
    message: `The newest rows have lower values of ${of.column} than the oldest ones: new rows would be missed.`,
    remedy: 'Choose a column that grows with every insert and update.',
  };
}

function hiddenNote(of: WatermarkColumn): Note {
  return {
    severity: 'warning',
    code: 'watermark.blind',
    message:
      `The login does not see when others' transactions began, so ${of.column} is read up to the ` +
      'present minus the overlap: what a longer transaction writes can be missed.',
    remedy: 'Run GRANT pg_read_all_stats TO the login, or set a longer watermark.overlap.',
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

/** Rows are mostly stored in the order of their coming: compare both ends of the largest leaf. */
async function decreases(
  client: pg.Client,
  model: TableModel,
  of: WatermarkColumn,
): Promise<boolean> {
  const [leaf] = nativeTable(model).leaves.toSorted((a, b) => b.bytes - a.bytes);
  if (leaf === undefined) return false;
  const { rows } = await client.query<{ decreases: boolean | null }>(bothEndsSql(leaf, of), [
    leaf.oid,
  ]);
  return rows[0]?.decreases === true;
}

function bothEndsSql(leaf: PgRelation, of: WatermarkColumn): string {
  const table = quoteQualified(leaf.schema, leaf.name);
  const column = quoteIdent(of.column);
  const end = (page: string, order: string): string => `
       (select v from (select ${column} as v from only ${table}
                        where ctid >= (${page})::tid and ctid < (${page.replace(',0', ',65000')})::tid
                          and ${column} is not null
                        order by ctid ${order} limit 10) as rows_of_end
         order by v ${order === '' ? 'asc' : 'desc'} limit 1)`;
  const last = `format('(%s,0)', greatest(pg_relation_size($1::oid)
                / current_setting('block_size')::bigint - 1, 0))`;
  return `select ${end(last, 'desc')} < ${end(`'(0,0)'`, '')} as decreases`;
}
