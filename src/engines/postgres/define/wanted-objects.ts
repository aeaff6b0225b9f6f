import type { PgRoutine, PgView } from '../catalog/object-model.js';
import { isRelation } from '../catalog/dependency-graph.js';
import type { PgSchema } from '../catalog/read-schema.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { commentOn } from './comment-sql.js';
import type { MappedTables } from './mapped-tables.js';
import type { ObjectName } from './object-sql.js';
import type { Renamed } from './rewrite-relations.js';
import { rewriteRelations } from './rewrite-relations.js';
import { optionList, withClause } from './table-options.js';

/** A view or routine as it should be on the target. */
export interface WantedObject {
  readonly name: ObjectName;
  readonly schema: string;
  /** The whole statement; CREATE OR REPLACE. */
  readonly sql: string;
  readonly comments: readonly string[];
  /** What the catalogue of the target should give for it. */
  readonly comparable: string;
}

/** Name in sluice.owned; `schema` where it is not the object's own. */
export function ownObjectNames(object: PgView | PgRoutine, schema = object.schema): ObjectName {
  const name = quoteQualified(schema, object.name);
  if (object.kind === 'view') return { kind: 'view', object: name };
  return { kind: object.kind, object: `${name}(${object.arguments})` };
}

/**
 * What may be made for these tables, each after what it needs: everything that it reads is
 * replicated, or, where it reads nothing that the catalogue knows of, its schema is.
 */
export function wantedObjects(source: PgSchema, tables: MappedTables): WantedObject[] {
  const views = new Map(source.views.map((view) => [`relation:${view.oid}`, view]));
  const routines = new Map(source.routines.map((routine) => [`routine:${routine.oid}`, routine]));
  const nodes = [...routines.keys(), ...views.keys()];
  const mappedNode = (node: string) => tables.byOid(node.slice('relation:'.length)) !== undefined;
  const isReady = (node: string): boolean => {
    const needs = source.dependencies.needs([node], (next) => !mappedNode(next));
    const relations = needs.filter(isRelation).filter((next) => !views.has(next));
    const object = views.get(node) ?? routines.get(node);
    if (object === undefined) return false;
    if (relations.length === 0 && !tables.usesSchema(object.schema)) return false;
    return relations.every(mappedNode);
  };
  const ordered = source.dependencies.inOrder(nodes);
  const renamed = renamesOf(source, tables);
  return ordered.filter(isReady).flatMap((node) => {
    const view = views.get(node);
    const routine = routines.get(node);
    if (view !== undefined) return [wantedView(view, tables, renamed)];
    return routine === undefined ? [] : wantedRoutine(routine, renamed);
  });
}

function wantedView(view: PgView, tables: MappedTables, renamed: readonly Renamed[]): WantedObject {
  const schema = tables.schemaFor(view.schema);
  const name = ownObjectNames(view, schema);
  const body = rewriteRelations(view.definition, renamed);
  const columns = view.columns.map(quoteIdent).join(', ');
  const options = withClause(optionList(view.options));
  return {
    name,
    schema,
    sql: `CREATE OR REPLACE VIEW ${name.object} (${columns})${options} AS ${body}`,
    comments: commentOn('VIEW', name.object, view.comment),
    comparable: body,
  };
}

/** A body in a string is one token and stays as its author wrote it; all else follows its tables. */
function wantedRoutine(routine: PgRoutine, renamed: readonly Renamed[]): WantedObject[] {
  if (routine.definition === null) return [];
  const name = ownObjectNames(routine);
  const sql = rewriteRelations(routine.definition, renamed);
  const comments = commentOn(name.kind, name.object, routine.comment);
  return [{ name, schema: routine.schema, sql, comments, comparable: sql }];
}

function renamesOf(source: PgSchema, tables: MappedTables): Renamed[] {
  const moved = tables.all().map(({ relation, place }) => ({
    from: { schema: relation.schema, table: relation.name },
    to: place,
  }));
  const views = source.views.map(({ schema, name }) => ({
    from: { schema, table: name },
    to: { schema: tables.schemaFor(schema), table: name },
  }));
  return [...moved, ...views];
}
