import { SluiceError } from '../../../core/errors.js';
import type { Query } from '../sql-session.js';
import { takeAppLock } from '../state/app-lock.js';
import { CREATE_SCHEMA } from '../state/migrations.js';
import type { StateDb } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { definitionBatches, OBJECTS } from './definition.js';

const SCHEMA = `
select schema_id(N'sluice') as schema_id`;

const THERE = `
select count(*) as n from (values ${OBJECTS.map((name) => `(N'sluice.${name}')`).join(', ')}) as o (name)
 where object_id(o.name) is not null`;

/**
 * In one transaction that other workers wait for: those too that make the state of a destination
 * here, as the schema is the same.
 *
 * @throws SluiceError PERMISSION_DENIED with the command that prints the script
 */
export async function prepareControlTables(db: StateDb): Promise<void> {
  try {
    if (await allThere(db.query)) return;
    await db.transaction(prepareLocked);
  } catch (error) {
    throw withScriptRemedy(error);
  }
}

async function prepareLocked(query: Query): Promise<void> {
  await takeAppLock(query, 'sluice.migrate');
  if (await allThere(query)) return;
  const { schema_id: schema } = onlyRow(await query<{ schema_id: number | null }>(SCHEMA));
  if (schema === null) await query(CREATE_SCHEMA);
  for (const batch of definitionBatches()) await query(batch);
}

async function allThere(query: Query): Promise<boolean> {
  const { n } = onlyRow(await query<{ n: number }>(THERE));
  return n === OBJECTS.length;
}

function withScriptRemedy(error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'PERMISSION_DENIED') return error;
  return new SluiceError(
    'PERMISSION_DENIED',
    'The login that Sluice uses may not create the control tables in the schema sluice.',
    {
      remedy:
        'Have a DBA run the script that `sluice state init --print` gives, and grant the login ' +
        'SELECT, INSERT, UPDATE, DELETE ON SCHEMA::sluice.',
      ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
      cause: error,
    },
  );
}
