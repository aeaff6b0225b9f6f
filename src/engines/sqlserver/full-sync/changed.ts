import { SluiceError } from '../../../core/errors.js';

export function tableChanged(name: string): SluiceError {
  return new SluiceError(
    'FEED_CHANGED',
    `The source table ${name} was altered or made anew while it was copied.`,
    { remedy: 'Nothing to do: its copy begins again.' },
  );
}
