/**
 * Which part of the catalog carries out which definition. Each is there for what sends it: tables,
 * keys, indexes, properties, sequences, types and modules for the bootstrap and the stages of
 * src/engines/sqlserver/define; partitions for its full sync by partition switch; TRUNCATE, DROP
 * and sp_rename for the cut-over; databases, Change Tracking and security for preflight, the
 * enabling of feeds and the tests of bad input; triggers and policies for what the catalogue
 * reading finds. Needed by test/conformance/sqlserver/transactions: "rolls back definitions too".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Statement } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import type { Feeds } from '../feeds-seam.js';
import { touched } from '../objects.js';
import { alterPartitionFunction, createPartitionFunction } from '../partitions/functions.js';
import { alterPartitionScheme, createPartitionScheme } from '../partitions/schemes.js';
import { addIndex } from './add-index.js';
import { alterTable } from './alter-table.js';
import { createTable } from './create-table.js';
import { defineDatabase } from './databases.js';
import { alterIndex, dropIndexes } from './drop-index.js';
import { drop } from './drop.js';
import { defineModule } from './modules.js';
import { defineSecurity } from './security.js';
import {
  alterSequence,
  createSchema,
  createSequence,
  createSecurityPolicy,
  createType,
  transferObject,
} from './small-objects.js';
import { tableTarget } from './table-target.js';
import { enableTriggers } from './triggers.js';
import { truncate } from './truncate.js';

/** `text`: the statement as written, which the feeds keep of a changed table. */
export async function define(
  context: SessionContext,
  statement: Statement,
  feeds: Feeds,
  text = '',
): Promise<void> {
  switch (statement.kind) {
    case 'createTable':
      await createTable(context, statement);
      return;
    case 'alterTable':
      return alterTable(context, statement, feeds, text);
    case 'createIndex': {
      const table = await tableTarget(context, statement.table, 1088);
      await addIndex(context, table, statement);
      return touched(context, table.id);
    }
    case 'alterIndex':
      return alterIndex(context, statement);
    case 'dropIndex':
      return dropIndexes(context, statement);
    case 'truncate':
      return truncate(context, statement, feeds);
    case 'drop':
      return drop(context, statement, feeds, text);
    case 'createDatabase':
    case 'alterDatabase':
      return defineDatabase(context, statement, feeds);
    case 'updateStatistics':
      await tableTarget(context, statement.table, 2706);
      return;
    default:
      return defineOther(context, statement);
  }
}

async function defineOther(context: SessionContext, statement: Statement): Promise<void> {
  switch (statement.kind) {
    case 'module':
      return defineModule(context, statement);
    case 'createSchema':
      return createSchema(context, statement);
    case 'transferObject':
      return transferObject(context, statement);
    case 'createType':
      return createType(context, statement);
    case 'createSequence':
      return createSequence(context, statement);
    case 'alterSequence':
      return alterSequence(context, statement);
    case 'createSecurityPolicy':
      return createSecurityPolicy(context, statement);
    case 'createPartitionFunction':
      return createPartitionFunction(context, statement);
    case 'alterPartitionFunction':
      return alterPartitionFunction(context, statement);
    case 'createPartitionScheme':
      return createPartitionScheme(context, statement);
    case 'alterPartitionScheme':
      return alterPartitionScheme(context, statement);
    case 'enableTrigger': {
      const table = await tableTarget(context, statement.table, 1088);
      const names = statement.names?.map((name) => name.at(-1) ?? '') ?? null;
      return enableTriggers(context, table.id, statement.on, names);
    }
    case 'createLogin':
    case 'createUser':
    case 'alterUser':
    case 'alterRole':
    case 'permission':
      return defineSecurity(context, statement);
    default:
      throw notModelled(`the statement ${statement.kind}`);
  }
}
