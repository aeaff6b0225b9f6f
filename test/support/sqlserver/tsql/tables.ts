import type {
  AlterTable,
  AlterTableAction,
  CreateTable,
  DropItem,
  IndexOption,
  TableElement,
} from './ast.js';
import { readElement } from './elements.js';
import { readDataSpace, readOptionList, readOptions, spaceName } from './options.js';
import type { Queries } from './queries.js';
import { readSwitch } from './switches.js';

const OF_NEW_TABLES = ['SYSTEM_VERSIONING'] as const;
const KINDS_OF_TABLE = ['NODE', 'EDGE', 'FILETABLE'] as const;

/** After CREATE TABLE. */
export function readCreateTable(p: Queries): CreateTable {
  const name = p.name();
  // The columns of a FileTable are the server's own.
  const elements = p.is('AS') ? [] : readElements(p);
  const kind = kindOfTable(p);
  const on = readDataSpace(p);
  const textImageOn = p.take('TEXTIMAGE_ON') ? spaceName(p) : null;
  if (p.is('FILESTREAM_ON')) p.refuse('FILESTREAM');
  const options = [...kind, ...readOptions(p, OF_NEW_TABLES)];
  return { kind: 'createTable', name, elements, on, textImageOn, options };
}

/** The columns of PERIOD FOR SYSTEM_TIME say themselves that they are its ends. */
function readElements(p: Queries): TableElement[] {
  return p.bracketed(() => {
    const read = [readElement(p)];
    while (p.take(',')) {
      if (p.take('PERIOD', 'FOR', 'SYSTEM_TIME')) {
        p.bracketed(() => p.list(() => p.identifier()));
      } else if (!p.is(')')) read.push(readElement(p)); // a last comma is allowed
    }
    return read;
  });
}

/** After CREATE EXTERNAL TABLE: its rows are nowhere. */
export function readCreateExternalTable(p: Queries): CreateTable {
  const name = p.name();
  const elements = readElements(p);
  p.expect('WITH');
  p.bracketed(() =>
    p.list(() => {
      p.expectAny('LOCATION', 'DATA_SOURCE', 'FILE_FORMAT');
      p.expect('=');
      return p.peek().kind === 'string' ? p.string() : p.identifier();
    }),
  );
  const options = [{ name: 'AS', value: 'EXTERNAL', partitions: null }];
  return { kind: 'createTable', name, elements, on: null, textImageOn: null, options };
}

/** AS NODE and the like come as an option called AS: they only mark the table. */
function kindOfTable(p: Queries): IndexOption[] {
  if (!p.take('AS')) return [];
  return [{ name: 'AS', value: p.expectAny(...KINDS_OF_TABLE), partitions: null }];
}

/** After ALTER TABLE. */
export function readAlterTable(p: Queries): AlterTable {
  const table = p.name();
  return { kind: 'alterTable', table, action: alteration(p) };
}

function alteration(p: Queries): AlterTableAction {
  const withCheck = p.take('WITH') ? p.expectAny('CHECK', 'NOCHECK') === 'CHECK' : null;
  if (p.take('ADD')) {
    return { kind: 'add', elements: p.list(() => readElement(p)), withCheck };
  }
  if (p.isAny('CHECK', 'NOCHECK')) return enforcement(p, withCheck);
  if (withCheck !== null) p.fail();
  if (p.take('DROP')) return { kind: 'drop', items: dropItems(p) };
  if (p.take('ALTER', 'COLUMN')) return alterColumn(p);
  if (p.take('SWITCH')) return readSwitch(p);
  if (p.take('SET')) return { kind: 'setOptions', options: readOptionList(p) };
  if (p.take('REBUILD')) return rebuild(p);
  return enabling(p);
}

function enforcement(p: Queries, withCheck: boolean | null): AlterTableAction {
  const on = p.expectAny('CHECK', 'NOCHECK') === 'CHECK';
  p.expect('CONSTRAINT');
  const names = p.take('ALL') ? null : p.list(() => p.identifier());
  return { kind: 'enforce', on, withCheck, names };
}

function enabling(p: Queries): AlterTableAction {
  const on = p.expectAny('ENABLE', 'DISABLE') === 'ENABLE';
  if (p.take('TRIGGER')) {
    return { kind: 'trigger', on, names: p.take('ALL') ? null : p.list(() => p.identifier()) };
  }
  if (!p.take('CHANGE_TRACKING')) p.refuse(`ALTER TABLE … ${on ? 'ENABLE' : 'DISABLE'}`);
  const trackColumns =
    p.take('WITH') &&
    p.bracketed(() => {
      p.expect('TRACK_COLUMNS_UPDATED', '=');
      return p.onOff();
    });
  return { kind: 'changeTracking', on, trackColumns };
}

/** The word COLUMN or CONSTRAINT counts until the next one is said. */
function dropItems(p: Queries): DropItem[] {
  let kind: DropItem['kind'] = 'constraint';
  let ifExists = false;
  return p.list(() => {
    const said = p.takeAny('COLUMN', 'CONSTRAINT');
    if (said !== null) kind = said === 'COLUMN' ? 'column' : 'constraint';
    if (said !== null) ifExists = p.take('IF', 'EXISTS');
    if (p.is('PERIOD')) p.refuse('DROP PERIOD');
    const name = p.identifier();
    if (p.is('WITH', '(')) p.refuse('DROP CONSTRAINT … WITH');
    return { kind, name, ifExists };
  });
}

const PROPERTIES = { SPARSE: 'sparse', ROWGUIDCOL: 'rowGuidCol', PERSISTED: 'persisted' } as const;

function alterColumn(p: Queries): AlterTableAction {
  const column = p.identifier();
  if (p.isAny('ADD', 'DROP')) {
    const add = p.expectAny('ADD', 'DROP') === 'ADD';
    if (p.is('MASKED')) p.refuse('ALTER COLUMN … MASKED');
    const property = PROPERTIES[p.expectAny('SPARSE', 'ROWGUIDCOL', 'PERSISTED')];
    return { kind: 'alterColumnProperty', column, add, property };
  }
  const type = p.typeName();
  const collation = p.take('COLLATE') ? p.identifier() : null;
  const sparse = p.take('SPARSE');
  const nullable = p.take('NULL') ? true : p.take('NOT', 'NULL') ? false : null;
  if (p.is('WITH', '(')) p.refuse('ALTER COLUMN … WITH');
  return { kind: 'alterColumn', column, type, collation, nullable, sparse };
}

function rebuild(p: Queries): AlterTableAction {
  let partition = null;
  if (p.take('PARTITION')) {
    p.expect('=');
    partition = p.take('ALL') ? null : p.expression();
  }
  return { kind: 'rebuild', partition, options: readOptions(p) };
}
