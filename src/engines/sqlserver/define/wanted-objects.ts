import type { ObjectChange } from '../../contract/schema.js';
import { MsTable } from '../catalog/model.js';
import type { MsModule } from '../catalog/object-model.js';
import type { MsSchema } from '../catalog/read-schema.js';
import { quoteQualified } from '../sql/quote.js';
import type { MappedTables } from './mapped-tables.js';
import type { Renamed } from './module-text.js';
import { countNames, createOrAlter } from './module-text.js';
import type { ObjectName } from './owned-objects.js';

/** A view or routine as it should be on the target. */
export interface WantedObject {
  readonly name: ObjectName;
  readonly schema: string;
  /** V, P, FN, IF or TF. */
  readonly code: string;
  /** The whole statement; CREATE OR ALTER. */
  readonly sql: string;
  readonly ansiNulls: boolean;
  readonly quotedIdentifier: boolean;
}

export interface Wanted {
  readonly objects: readonly WantedObject[];
  /** What would follow if its text were to be had or could be moved. */
  readonly left: readonly ObjectChange[];
}

/** Name in sluice.owned; `schema` where it is not the module's own. */
export function ownObjectName(module: MsModule, schema = module.schema): ObjectName {
  return { kind: module.kind, object: quoteQualified(schema, module.name) };
}

/**
 * What may be made for these tables, each after what it needs: everything that it reads is
 * replicated, or, where it reads nothing that the catalogue knows of, its schema is.
 */
export function wantedObjects(source: MsSchema, tables: MappedTables): Wanted {
  const modules = new Map(source.modules.map((module) => [module.id, module]));
  const tableIds = new Set(source.tables.flatMap(({ native }) => idOf(native)));
  const isReady = (module: MsModule): boolean => {
    const needs = source.dependencies.needs([module.id], (id) => modules.has(id));
    const read = needs.filter((id) => tableIds.has(id));
    if (read.length === 0 && !tables.usesSchema(module.schema)) return false;
    return read.every((id) => tables.byId(id) !== undefined);
  };
  const renamed = renamesOf(source, tables);
  const objects: WantedObject[] = [];
  const left: ObjectChange[] = [];
  for (const id of source.dependencies.inOrder([...modules.keys()])) {
    const module = modules.get(id);
    if (module === undefined || !isReady(module)) continue;
    const trouble = troubleWith(module, source, tables);
    const wanted = toWanted(module, tables.schemaFor(module.schema), renamed);
    if (trouble === null && wanted !== null) objects.push(wanted);
    else left.push(leftOut(module, trouble ?? 'its text does not begin as one'));
  }
  return { objects, left };
}

function toWanted(
  module: MsModule,
  schema: string,
  renamed: readonly Renamed[],
): WantedObject | null {
  const sql = createOrAlter(module, { schema, name: module.name }, renamed);
  if (sql === null) return null;
  const { code, ansiNulls, quotedIdentifier } = module;
  return {
    ...{ name: ownObjectName(module, schema), schema, sql },
    code,
    ansiNulls,
    quotedIdentifier,
  };
}

/** A table that is elsewhere on the target is found in the text only where its schema stands too. */
function troubleWith(module: MsModule, source: MsSchema, tables: MappedTables): string | null {
  if (module.encrypted) return 'it is encrypted';
  if (module.definition === null) {
    return 'the login may not see its text (GRANT VIEW DEFINITION on the source)';
  }
  const moved = source.dependencies.direct(module.id).flatMap((id) => {
    const placement = tables.byId(id);
    if (placement === undefined) return [];
    const { table, target } = placement;
    const isMoved = table.name.schema !== target.schema || table.name.table !== target.table;
    return isMoved ? [table.name] : [];
  });
  const unnamed = moved.find((name) => countNames(module, [name]) === 0);
  if (unnamed === undefined) return null;
  return `it names ${unnamed.table}, which is elsewhere on the target, without its schema`;
}

function renamesOf(source: MsSchema, tables: MappedTables): Renamed[] {
  const moved = tables.placements.map(({ table, target }) => ({ from: table.name, to: target }));
  const modules = source.modules.map(({ schema, name }) => ({
    from: { schema, table: name },
    to: { schema: tables.schemaFor(schema), table: name },
  }));
  return [...moved, ...modules];
}

function leftOut(module: MsModule, reason: string): ObjectChange {
  const { kind, object } = ownObjectName(module);
  return { kind, object, action: 'left', message: `${kind} ${object} does not follow: ${reason}.` };
}

function idOf(native: unknown): number[] {
  return native instanceof MsTable ? [native.parts.id] : [];
}
