/** What stands against a target's configuration: an error each while it lasts, and a word once. */
import { explainError, SluiceError } from '../core/errors.js';
import type { TargetOfPipeline } from './detach-removed.js';

/** Codes of errors without a table that are resolved as soon as nobody raises them any more. */
const PASSING = new Set([
  'CONFIG_UNCONFIRMED',
  'CONFIG_INVALID',
  'TARGET_COLLISION',
  'TARGET_OWNED',
]);

export async function tellErrors(
  { pipeline, name, target }: TargetOfPipeline,
  errors: readonly SluiceError[],
): Promise<void> {
  const { journal, history } = target.state;
  const all = await history.errors({ pipeline, open: true, limit: 1_000 });
  const open = all.filter(
    (error) => error.target === name && error.table === null && PASSING.has(error.code),
  );
  const isOver = open.some(({ code }) => !errors.some((error) => error.code === code));
  if (isOver) await journal.resolveErrors(pipeline, name, null);
  for (const error of oneOfEach(errors)) {
    const { message, code, remedy = '' } = error;
    await journal.error({ pipeline, target: name, code, message, remedy });
    if (open.some((one) => one.message === message)) continue;
    const kind = code === 'CONFIG_UNCONFIRMED' ? 'config.unconfirmed' : 'config.refused';
    const entry = { pipeline, target: name, level: 'warning', kind } as const;
    await journal.event({ ...entry, message: explainError(error) });
  }
}

/** There is room for one of each code: the first, with how many more there are. */
function oneOfEach(errors: readonly SluiceError[]): SluiceError[] {
  return [...new Set(errors.map(({ code }) => code))].flatMap((code) => {
    const [first, ...others] = errors.filter((error) => error.code === code);
    if (first === undefined || others.length === 0) return first ?? [];
    const message = `${first.message} The same holds for ${String(others.length)} more.`;
    return new SluiceError(
      code,
      message,
      first.remedy === undefined ? {} : { remedy: first.remedy },
    );
  });
}
