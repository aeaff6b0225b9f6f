import type { Definition, DropType, TypeName } from './ast.js';
import { readAlterDatabase, readCreateDatabase } from './databases.js';
import { readAlterIndex, readCreateIndex, readDropIndex } from './indexes.js';
import { readModule } from './modules.js';
import { readAlterPartition, readCreatePartition } from './partitions.js';
import type { Queries } from './queries.js';
import {
  readAlterRole,
  readAlterUser,
  readCreateLogin,
  readCreateUser,
  readSecurityPolicy,
} from './security.js';
import { readSequence } from './sequences.js';
import { readAlterTable, readCreateExternalTable, readCreateTable } from './tables.js';

const MODULES = ['VIEW', 'PROCEDURE', 'PROC', 'FUNCTION', 'TRIGGER'] as const;

/** After CREATE. */
export function readCreate(p: Queries): Definition {
  const orAlter = p.take('OR', 'ALTER');
  const module = p.takeAny(...MODULES);
  if (module !== null) return readModule(p, orAlter ? 'createOrAlter' : 'create', full(module));
  if (orAlter) p.fail();
  const index = readCreateIndex(p);
  if (index !== null) return index;
  if (p.take('TABLE')) return readCreateTable(p);
  if (p.take('EXTERNAL', 'TABLE')) return readCreateExternalTable(p);
  if (p.take('DATABASE')) return readCreateDatabase(p);
  if (p.take('PARTITION')) return readCreatePartition(p);
  if (p.take('SEQUENCE')) return readSequence(p, 'createSequence');
  if (p.take('SCHEMA')) return createSchema(p);
  if (p.take('TYPE')) return createType(p);
  if (p.take('LOGIN')) return readCreateLogin(p);
  if (p.take('USER')) return readCreateUser(p);
  if (p.take('ROLE')) return { kind: 'createRole', name: p.identifier() };
  if (p.take('SECURITY', 'POLICY')) return readSecurityPolicy(p);
  if (!p.take('SYNONYM')) p.refuse(`CREATE ${p.word()}`);
  const name = p.name();
  p.expect('FOR');
  return { kind: 'createSynonym', name, for: p.name() };
}

/** After ALTER. */
export function readAlter(p: Queries): Definition {
  const module = p.takeAny(...MODULES);
  if (module !== null) return readModule(p, 'alter', full(module));
  if (p.take('TABLE')) return readAlterTable(p);
  if (p.take('INDEX')) return readAlterIndex(p);
  if (p.take('DATABASE')) return readAlterDatabase(p);
  if (p.take('PARTITION')) return readAlterPartition(p);
  if (p.take('SEQUENCE')) return readSequence(p, 'alterSequence');
  if (p.take('USER')) return readAlterUser(p);
  if (p.take('ROLE')) return readAlterRole(p, false);
  if (p.take('SERVER', 'ROLE')) return readAlterRole(p, true);
  if (!p.take('SCHEMA')) p.refuse(`ALTER ${p.word()}`);
  const schema = p.identifier();
  p.expect('TRANSFER');
  return { kind: 'transferObject', schema, object: p.name() };
}

const DROPPED: readonly (readonly [DropType, ...string[]])[] = [
  ['table', 'TABLE'],
  ['view', 'VIEW'],
  ['procedure', 'PROCEDURE'],
  ['procedure', 'PROC'],
  ['function', 'FUNCTION'],
  ['trigger', 'TRIGGER'],
  ['database', 'DATABASE'],
  ['schema', 'SCHEMA'],
  ['type', 'TYPE'],
  ['sequence', 'SEQUENCE'],
  ['synonym', 'SYNONYM'],
  ['partitionFunction', 'PARTITION', 'FUNCTION'],
  ['partitionScheme', 'PARTITION', 'SCHEME'],
  ['login', 'LOGIN'],
  ['user', 'USER'],
  ['role', 'ROLE'],
];

/** After DROP. */
export function readDrop(p: Queries): Definition {
  if (p.take('INDEX')) return readDropIndex(p);
  const found = DROPPED.find(([, ...words]) => p.take(...words));
  if (found === undefined) p.refuse(`DROP ${p.word()}`);
  const ifExists = p.take('IF', 'EXISTS');
  const names = p.list(() => p.name());
  return { kind: 'drop', type: found[0], names, ifExists };
}

/** After ENABLE or DISABLE. */
export function readEnableTrigger(p: Queries, on: boolean): Definition {
  p.expect('TRIGGER');
  const names = p.take('ALL') ? null : p.list(() => p.name());
  p.expect('ON');
  if (p.isAny('DATABASE', 'ALL')) p.refuse('triggers on DDL and logon');
  return { kind: 'enableTrigger', on, names, table: p.name() };
}

function createSchema(p: Queries): Definition {
  if (p.is('AUTHORIZATION')) p.refuse('CREATE SCHEMA AUTHORIZATION without a name');
  const name = p.identifier();
  return { kind: 'createSchema', name, owner: p.take('AUTHORIZATION') ? p.identifier() : null };
}

/** What the values of a CLR type are kept as. */
const BYTES: TypeName = { name: ['varbinary'], size: 'max', scale: null };

function createType(p: Queries): Definition {
  const name = p.name();
  if (p.take('EXTERNAL', 'NAME')) {
    p.name();
    return { kind: 'createType', name, from: BYTES, nullable: null, assembly: true };
  }
  if (!p.take('FROM')) p.refuse('CREATE TYPE AS TABLE');
  const from = p.typeName();
  const nullable = p.take('NULL') ? true : p.take('NOT', 'NULL') ? false : null;
  return { kind: 'createType', name, from, nullable, assembly: false };
}

function full(module: (typeof MODULES)[number]): Exclude<(typeof MODULES)[number], 'PROC'> {
  return module === 'PROC' ? 'PROCEDURE' : module;
}
