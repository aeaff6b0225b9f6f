import { quoteQualified } from '../sql/quote.js';
import type { Note } from './finding-note.js';
import { note } from './finding-note.js';
import type { MsColumn, MsTable } from './model.js';

/** What single columns have to say; each names its column. */
export function columnNotes(table: MsTable): Note[] {
  return [
    ...table.columns.flatMap((column) => [
      ...refusedNotes(column),
      ...maskNotes(column, table),
      ...differenceNotes(column),
    ]),
    ...caseNotes(table),
  ];
}

function refusedNotes(column: MsColumn): Note[] {
  const { name } = column;
  if (column.encrypted) {
    const message = `Column ${name} is encrypted (Always Encrypted): the server has only ciphertext.`;
    return [note('error', 'table.encrypted', message, 'Exclude the table.')];
  }
  if (column.filestream) {
    const message = `Column ${name} is a FILESTREAM: its values are files.`;
    return [note('error', 'table.filestream', message, 'Exclude the table.')];
  }
  if (column.isClr) {
    const message = `Column ${name} has the CLR type ${column.declared?.name ?? ''}, whose assembly only this server has.`;
    return [note('error', 'table.clr-type', message, 'Exclude the table.')];
  }
  return [];
}

/** Without UNMASK every value would be read as its mask, and nobody would be told. */
function maskNotes(column: MsColumn, table: MsTable): Note[] {
  if (!column.masked) return [];
  const { traits, name } = table.parts;
  if (traits.mayUnmask) {
    const message = `Column ${column.name} is masked on the source; on the target it is not.`;
    return [note('info', 'table.masked', message)];
  }
  const message = `Column ${column.name} is masked and the login may not unmask it: wrong values would be copied.`;
  const remedy = `Run: GRANT UNMASK TO <login> (from SQL Server 2022 also: GRANT UNMASK ON ${quoteQualified(name.schema, name.table)} TO <login>)`;
  return [note('error', 'table.masked', message, remedy)];
}

function differenceNotes(column: MsColumn): Note[] {
  const { name } = column;
  const notes: Note[] = [];
  if (column.computed !== null) {
    const message = `Column ${name} is computed: the target computes it by itself.`;
    notes.push(note('info', 'table.computed', message));
  }
  if (column.type.name === 'timestamp') {
    const message = `Column ${name} is a rowversion: on the target it keeps the source's values as binary(8), unless the target is told to give out its own.`;
    notes.push(note('info', 'table.rowversion', message));
  }
  if (column.typedXml) {
    const message = `Column ${name} is checked against an XML schema collection; on the target it is plain xml.`;
    notes.push(note('info', 'table.typed-xml', message));
  }
  if (column.boundDefault) {
    const message = `The default of column ${name} is an object bound to it (sp_bindefault), which is not copied.`;
    const remedy = 'Use a DEFAULT constraint instead.';
    notes.push(note('warning', 'table.bound-default', message, remedy));
  }
  return notes;
}

function caseNotes(table: MsTable): Note[] {
  const seen = new Map<string, string>();
  return table.columns.flatMap(({ name }) => {
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (other === undefined) return [];
    const message = `Its columns ${other} and ${name} differ only in case: a target whose names ignore case cannot hold both.`;
    const remedy = 'Use a target database with a case-sensitive collation, or rename one of them.';
    return [note('warning', 'table.column-case', message, remedy)];
  });
}
