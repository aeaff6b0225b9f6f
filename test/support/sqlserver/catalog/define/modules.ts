/**
 * Views, procedures, functions and triggers: their text, and what it names. Bodies never run here.
 * Needed by test/conformance/sqlserver/definitions: "of a view that is there changes it in place",
 * test/conformance/sqlserver/catalogue-meaning: "belong to a table: triggers" and
 * test/conformance/sqlserver/rename: "of a view changes its name, not its text".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { ModuleDefinition } from '../../tsql/ast.js';
import { addObject, findObject, newPlace, touched } from '../objects.js';
import type { NewObject } from '../objects.js';
import { permitInDatabase } from '../permissions.js';
import { namesIn } from './module-names.js';
import { writeDependencies } from './dependencies.js';
import { tableTarget } from './table-target.js';

const TYPES = {
  view: 'V',
  procedure: 'P',
  scalarFunction: 'FN',
  inlineFunction: 'IF',
  tableFunction: 'TF',
  trigger: 'TR',
} as const satisfies Record<ModuleDefinition['module']['kind'], NewObject['type']>;

export async function defineModule(
  context: SessionContext,
  definition: ModuleDefinition,
): Promise<void> {
  const { mode, module } = definition;
  const type = TYPES[module.kind];
  const existing = await findObject(context, definition.name, type);
  if (mode === 'alter' && existing === undefined) {
    throw new SqlError(208, `Invalid object name '${definition.name.join('.')}'.`, { state: 6 });
  }
  if (module.kind === 'view') await context.printQuery(module.query);
  const replaces = mode !== 'create' && existing !== undefined;
  const id = replaces ? existing.id : await create(context, definition, type);
  await writeModule(context, id, definition);
  await writeDependencies(context, id, namesIn(definition.text));
  await touched(context, id);
}

async function create(
  context: SessionContext,
  { name, module }: ModuleDefinition,
  type: NewObject['type'],
): Promise<number> {
  const place = await newPlace(context, name);
  if (module.kind !== 'trigger') {
    const right = { V: 'VIEW', P: 'PROCEDURE' }[type as 'V' | 'P'] as string | undefined;
    await permitInDatabase(context, place.database, `CREATE ${right ?? 'FUNCTION'}`);
    return addObject(context, place, { type });
  }
  const table = await tableTarget(context, module.table, 8197);
  return addObject(context, place, { type, parent: table.id });
}

/** The catalog keeps CREATE, whatever the statement said. */
async function writeModule(
  context: SessionContext,
  id: number,
  { text, encrypted, schemaBound, module }: ModuleDefinition,
): Promise<void> {
  const trigger = module.kind === 'trigger' ? module : null;
  const kept = text.replace(/\bCREATE\s+OR\s+ALTER\b|\bALTER\b/i, 'CREATE');
  await context.query(
    `INSERT INTO ms.modules (id, definition, encrypted, bound, events, instead_of) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET definition = EXCLUDED.definition, encrypted = EXCLUDED.encrypted,
       bound = EXCLUDED.bound, events = EXCLUDED.events, instead_of = EXCLUDED.instead_of`,
    [
      id,
      kept,
      encrypted,
      schemaBound,
      trigger?.events.join(' ') ?? null,
      trigger?.insteadOf ?? false,
    ],
  );
}
