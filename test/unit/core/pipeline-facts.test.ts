import { describe, expect, it } from 'vitest';
import { awayTargets, keepFormer } from '../../../src/core/pipeline-facts.js';
import {
  DEFAULT_TUNING,
  type PipelineFacts,
  type TargetFacts,
} from '../../../src/core/protocol.js';

function target(name: string, over: Partial<TargetFacts> = {}): TargetFacts {
  return { target: name, lanes: [0, 4], tables: 2, enabled: true, away: null, ...over };
}

function facts(targets: readonly TargetFacts[], lost: readonly string[] = []): PipelineFacts {
  const common = { revision: 'r', enabled: true, attributes: false, tuning: DEFAULT_TUNING };
  return { ...common, targets, lost };
}

describe('what a pipeline knows from one reconcile to the next', () => {
  it('keeps the lanes of a target that is away, so that they can be stopped', () => {
    const away = target('a', { lanes: [], away: 'It does not answer.' });
    const { facts: known, gone } = keepFormer(facts([target('a')]), facts([away]));
    expect(known.targets).toEqual([{ ...away, lanes: [0, 4] }]);
    expect(gone).toEqual([]);
    expect(awayTargets(known)).toEqual(['a']);
    expect(keepFormer(known, facts([])).gone).toMatchObject([{ target: 'a', lanes: [0, 4] }]);
  });

  it('lets a target be that nobody confirmed to be gone, until somebody does', () => {
    const before = facts([target('a'), target('b')]);
    const once = keepFormer(before, facts([target('a')], ['b']));
    expect(once.gone).toEqual([]);
    expect(once.facts.leaving).toEqual([target('b')]);
    const twice = keepFormer(once.facts, facts([target('a')], ['b']));
    expect(twice.facts.leaving).toEqual([target('b')]);
    const confirmed = keepFormer(twice.facts, facts([target('a')]));
    expect(confirmed.gone).toEqual([target('b')]);
    expect(confirmed.facts.leaving).toBeUndefined();
    const back = keepFormer(twice.facts, facts([target('a'), target('b')]));
    expect(back).toMatchObject({ gone: [], facts: { targets: [{}, { target: 'b' }] } });
  });

  it('begins with what it finds', () => {
    expect(keepFormer(null, facts([target('a')]))).toMatchObject({ gone: [] });
    expect(awayTargets(null)).toEqual([]);
  });
});
