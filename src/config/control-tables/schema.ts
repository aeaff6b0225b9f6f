import { z } from 'zod';
import { DEFAULTS } from '../defaults.js';
import { connectionName, sourceShape, targetShape } from '../endpoints.js';
import { keyWithDefault, optionalKey } from '../key.js';
import { tableSettings } from '../table.js';

type Shape = z.core.$ZodLooseShape;

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'is not the name of a variable; write it without ${ }',
});

/** What is the same for every row: a pipeline is made of these keys and of what the rows say. */
function own(shape: Shape): Shape {
  return Object.fromEntries(
    Object.entries(shape).filter(([key]) => key !== 'connection' && key !== 'enabled'),
  );
}

/** The section `controlTables`: which database says in its tables what to replicate. */
export function controlTablesSchema(source: Shape, target: Shape): z.ZodObject {
  return z
    .strictObject({
      connection: connectionName.describe(
        'Connection to the database that holds source_servers and table_mappings. Its server is the destination: dest_database of a mapping is a database beside it.',
      ),
      variables: keyWithDefault(
        z.array(variable),
        [...DEFAULTS.controlTables.variables],
        'Variables to which a connection string in source_servers may refer, such as password=${SOURCE_SERVER_PASSWORD}. No others, as whoever may write there could send them to a server of their own.',
      ),
      source: optionalKey(
        z
          .strictObject({ ...source, ...own(sourceShape) })
          .meta({ id: 'ControlSource', title: 'Control tables: source' }),
        'What holds for every source.',
      ),
      target: optionalKey(
        z
          .strictObject({ ...target, ...own(targetShape) })
          .meta({ id: 'ControlTarget', title: 'Control tables: target' }),
        'What holds for every destination database.',
      ),
      defaults: optionalKey(
        tableSettings,
        'Settings of all tables, beside what their rows say.',
        'existing: adopt',
      ),
    })
    .meta({ id: 'ControlTables', title: 'Control tables' });
}

/** For types. */
export const controlTablesBase = z.object({
  connection: z.string(),
  variables: z.array(z.string()),
});
