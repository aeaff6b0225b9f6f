import { SluiceError } from '../../../core/errors.js';
import type { ObjectChange } from '../../contract/schema.js';
import type { ObjectName } from './owned-objects.js';

export function created(name: ObjectName): ObjectChange {
  return { ...name, action: 'created', message: `${name.kind} ${name.object} was made.` };
}

export function left(name: ObjectName): ObjectChange {
  const message = `${name.kind} ${name.object} differs from the source and is not Sluice's: left alone.`;
  return { ...name, action: 'left', message };
}

export function mismatch(name: ObjectName): SluiceError {
  return new SluiceError(
    'SCHEMA_MISMATCH',
    `The ${name.kind} ${name.object} on the target differs from the one on the source.`,
    { remedy: 'Alter it on the target to match, or drop it there if nothing uses it.' },
  );
}
