import { notModelled } from '../not-modelled.js';
import type { MsType } from '../../backend.js';
import type { PrintContext } from '../print/context.js';
import type { Printed } from '../print/printed.js';
import { INT, ROWVERSION, SMALLINT, decimal, nvarchar } from '../types/ms-types.js';
import { known } from './session.js';

const TYPES: Readonly<Record<string, MsType>> = {
  '@@ROWCOUNT': INT,
  '@@TRANCOUNT': INT,
  '@@SPID': SMALLINT,
  '@@ERROR': INT,
  '@@IDENTITY': decimal(38, 0),
  '@@LOCK_TIMEOUT': INT,
  '@@NESTLEVEL': INT,
  '@@SERVERNAME': nvarchar(128),
  '@@SERVICENAME': nvarchar(128),
  '@@VERSION': nvarchar(300),
  '@@LANGUAGE': nvarchar(128),
  '@@OPTIONS': INT,
  '@@MICROSOFTVERSION': INT,
};

export function globalVariable(name: string, context: PrintContext): Printed {
  if (name === '@@DBTS') return { sql: 'ss.dbts()', type: ROWVERSION, nullable: false };
  const type = TYPES[name];
  if (type === undefined) throw notModelled(name);
  const collation = type.name === 'nvarchar' ? context.statement.database.collation : null;
  return known(name.toLowerCase(), { ...type, collation }, context, false);
}
