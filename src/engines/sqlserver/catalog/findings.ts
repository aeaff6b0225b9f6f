import { displayName } from '../../../core/names.js';
import type { Finding } from '../../contract/schema.js';
import { quoteQualified } from '../sql/quote.js';
import { columnNotes } from './column-findings.js';
import { noFeedReason } from './feeds-of.js';
import type { Note } from './finding-note.js';
import { note } from './finding-note.js';
import type { MsTable } from './model.js';
import { computedKeys, isTrackable, keyIndex, primaryKey, tableKey } from './table-key.js';

/** Why a table cannot follow, or what will be different on the target. */
export function tableFindings(table: MsTable): Finding[] {
  const subject = displayName(table.name);
  const notes = [
    ...kindNotes(table),
    ...rightNotes(table),
    ...feedNotes(table),
    ...keyNotes(table),
    ...columnNotes(table),
    ...indexNotes(table),
  ];
  return notes.map((one) => ({ ...one, subject }));
}

const REFUSED_KINDS = [
  ['external', 'table.external', 'an external table: its rows are on another server'],
  ['fileTable', 'table.filetable', 'a FileTable: its rows are files'],
  ['graph', 'table.graph', 'a node or edge table of a graph'],
  ['ledger', 'table.ledger', 'a ledger table, whose rows are proved by hashes of this server'],
] as const;

function kindNotes(table: MsTable): Note[] {
  const { traits } = table.parts;
  const refused = REFUSED_KINDS.filter(([trait]) => traits[trait]).map(([, code, what]) =>
    note('error', code, `It is ${what}, which cannot be replicated.`, 'Exclude it.'),
  );
  const notes: Note[] = [...refused];
  if (traits.temporal !== 'none') {
    const what = traits.temporal === 'history' ? 'the history of a temporal table' : 'temporal';
    const message = `It is ${what}: on the target it is a plain table with the same columns.`;
    notes.push(note('info', 'table.temporal', message));
  }
  if (traits.memoryOptimized) {
    const message = 'It is memory-optimised: on the target it is made on disk.';
    notes.push(note('info', 'table.memory-optimized', message));
  }
  return notes;
}

function rightNotes(table: MsTable): Note[] {
  const { traits, name } = table.parts;
  const quoted = quoteQualified(name.schema, name.table);
  const notes: Note[] = [];
  if (!traits.maySelect) {
    const remedy = `Run: GRANT SELECT ON ${quoted} TO <login>`;
    notes.push(note('error', 'table.select', 'The login may not read it.', remedy));
  }
  if (traits.filtered) {
    const message =
      'A security policy filters its rows: which of them the login sees is not known.';
    const remedy = 'Switch the policy off for this table (ALTER SECURITY POLICY), or exclude it.';
    notes.push(note('error', 'table.row-security', message, remedy));
  }
  const hidden = hiddenParts(table);
  if (hidden.length > 0) {
    const computed = table.columns.some((column) => column.computed?.definition === null);
    const message = `The login may not see the definition of ${hidden.join(', ')}, so the target would lack it.`;
    const remedy = `Run: GRANT VIEW DEFINITION ON ${quoted} TO <login>`;
    notes.push(note(computed ? 'error' : 'warning', 'table.view-definition', message, remedy));
  }
  return notes;
}

/** With SELECT alone the catalogue shows that a definition is there, and NULL in its place. */
function hiddenParts(table: MsTable): string[] {
  const columns = table.columns.flatMap((column) => {
    if (column.computed?.definition === null) return [`column ${column.name}`];
    return column.default?.definition === null ? [`the default of ${column.name}`] : [];
  });
  const checks = table.parts.checks.filter(({ definition }) => definition === null);
  return [...columns, ...checks.map(({ name }) => `check ${name}`)];
}

function feedNotes(table: MsTable): Note[] {
  const reason = noFeedReason(table);
  if (reason === null) return [];
  const message = `Neither Change Data Capture nor Change Tracking can follow it: ${reason}.`;
  const remedy = 'Follow it by a watermark column (mode incremental), or choose mode full.';
  return [note('warning', 'table.no-feed', message, remedy)];
}

/** Types by whose values rows are not found again with certainty. */
const NO_KEY_TYPES = new Set(['sql_variant', 'hierarchyid', 'geography', 'geometry']);

function keyNotes(table: MsTable): Note[] {
  const key = tableKey(table);
  const primary = primaryKey(table);
  const computed = primary === undefined ? [] : computedKeys(table, primary);
  if (key === null) return [noKeyNote(computed)];
  const notes = key.flatMap((name) => {
    const column = table.column(name);
    if (column === undefined || !(column.isClr || NO_KEY_TYPES.has(column.type.name))) return [];
    const message = `Column ${name} of its key is a ${column.declared?.name ?? column.type.name}, by which rows cannot be found.`;
    const remedy = 'Name other key columns in the configuration, or exclude the table.';
    return [note('error', 'table.key-type', message, remedy)];
  });
  if (!isTrackable(table) && noFeedReason(table) === null) {
    const why =
      primary === undefined ? 'It has no primary key' : `Its primary key ${ofComputed(computed)}`;
    const message = `${why}, so Change Tracking cannot follow it; rows are found by ${keyIndex(table)?.name ?? ''}.`;
    notes.push(note('info', 'table.no-primary-key', message));
  }
  return notes;
}

/** @param computed columns of its primary key */
function noKeyNote(computed: readonly string[]): Note {
  const lost = 'so its updates and deletes cannot be followed.';
  if (computed.length === 0) {
    const message = `It has neither a primary key nor a unique index over NOT NULL columns, ${lost}`;
    return note('warning', 'table.no-key', message, 'Add a primary key, or choose mode full.');
  }
  const message = `Its primary key ${ofComputed(computed)}, and it has no unique index over other NOT NULL columns, ${lost}`;
  const remedy =
    'Add a unique index over NOT NULL columns that are not computed, or choose mode full.';
  return note('warning', 'table.no-key', message, remedy);
}

function ofComputed(columns: readonly string[]): string {
  return `has the computed column ${columns.join(', ')}, whose values no feed carries`;
}

function indexNotes(table: MsTable): Note[] {
  const notes: Note[] = [];
  if (table.storage?.disabled === true) {
    const message = `Its clustered index ${table.storage.name} is disabled: no row can be read.`;
    const remedy = 'Run ALTER INDEX … REBUILD on the source.';
    notes.push(note('error', 'table.index-disabled', message, remedy));
  }
  for (const { name, kind, ignoresDuplicates } of table.indexes) {
    if (kind === 'xml' || kind === 'spatial' || kind === 'other') {
      const message = `Its ${kind} index ${name} is not made on the target.`;
      notes.push(note('info', 'table.index-not-copied', message));
    }
    if (ignoresDuplicates) {
      const message = `Its index ${name} ignores duplicates; on the target it refuses them.`;
      notes.push(note('info', 'table.ignore-dup-key', message));
    }
  }
  return notes;
}
