import type { PipelineFacts, TargetFacts } from './protocol.js';

/** The facts of a pipeline, and targets that wait for a word before they leave it. */
export interface KnownFacts extends PipelineFacts {
  readonly leaving?: readonly TargetFacts[];
}

/**
 * What the present facts leave out and the former knew: the lanes of a target that is away, and the
 * targets that nobody confirmed to be gone. `gone` are those that are.
 */
export function keepFormer(
  former: KnownFacts | null,
  present: PipelineFacts,
): { readonly facts: KnownFacts; readonly gone: readonly TargetFacts[] } {
  const known = former === null ? [] : [...former.targets, ...(former.leaving ?? [])];
  const of = (name: string) => known.find(({ target }) => target === name);
  const targets = present.targets.map((facts) => {
    const before = facts.away == null ? undefined : of(facts.target);
    return before === undefined ? facts : { ...facts, lanes: before.lanes };
  });
  const left = known.filter(({ target }) => !targets.some((facts) => facts.target === target));
  const waits = ({ target }: TargetFacts): boolean => present.lost?.includes(target) === true;
  const leaving = left.filter(waits);
  const facts = { ...present, targets, ...(leaving.length === 0 ? {} : { leaving }) };
  return { facts, gone: left.filter((target) => !waits(target)) };
}

/** Targets that could not be looked after. Facts of former versions say nothing of it. */
export function awayTargets(facts: PipelineFacts | null): string[] {
  const away = facts?.targets.filter((target) => target.away != null) ?? [];
  return away.map(({ target }) => target);
}
