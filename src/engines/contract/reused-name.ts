/** A column by what stays with it when it is renamed, and its name. */
export interface NumberedColumn {
  readonly number: number;
  readonly name: string;
}

/**
 * The first name that was another column's before (dropped and added again, or one renamed into the
 * place of another); null when there is none. Changes name their columns, and so does the target:
 * neither would notice, and its column would keep the values of the former one. Pure.
 */
export function reusedName(
  before: readonly NumberedColumn[],
  now: readonly NumberedColumn[],
): string | null {
  const former = new Map(before.map(({ name, number }) => [name, number]));
  const reused = now.find(({ name, number }) => (former.get(name) ?? number) !== number);
  return reused?.name ?? null;
}
