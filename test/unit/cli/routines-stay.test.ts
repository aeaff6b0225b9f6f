import { describe, expect, it } from 'vitest';
import type { Inspection, InspectedTargetTable } from '../../../src/cli/inspect/inspection.js';
import { planOf } from '../../../src/cli/inspect/plan.js';
import { routinesStay } from '../../../src/cli/inspect/routines-stay.js';
import type { Finding } from '../../../src/engines/contract/schema.js';

/** A pipeline with one table that is on the target, and what was found. */
function inspection(findings: readonly Finding[]): Inspection {
  const source = { schema: 'dbo', table: 'goods' };
  const computed = { severity: 'info', code: 'x', subject: 'dbo.goods' } as const;
  const table: InspectedTargetTable = {
    ...{ source, target: source, enabled: true, exists: false, rows: 'none', ours: false },
    ...{ phase: null, load: 'swap', loadReason: 'new' },
    findings: [{ ...computed, message: 'Column twice is computed.' }],
  };
  const room = { freeBytes: null, allowedBytes: null };
  const target = {
    name: 'main',
    description: null,
    creates: null,
    started: true,
    room,
    findings,
    tables: [table],
  };
  return {
    pipeline: 'shop',
    source: { description: null, findings: [] },
    tables: [],
    targets: [target],
  };
}

const ALL = { views: true, functions: true };

describe('views and routines of a source', () => {
  it('11.12: do not go to another engine, which plan and check say', () => {
    const ends = { from: 'sqlserver', to: 'postgres', target: 'main' };
    expect(routinesStay(ends, ALL)).toMatchObject([
      { severity: 'info', subject: 'main', code: 'target.routines-stay' },
    ]);
    const found = routinesStay(ends, ALL);
    expect(planOf(inspection(found)).targets[0]?.differences).toEqual([
      `${found[0]?.message ?? ''} ${found[0]?.remedy ?? ''}`,
      'dbo.goods: Column twice is computed.',
    ]);
    expect(routinesStay({ ...ends, to: 'sqlserver' }, ALL)).toEqual([]);
    expect(routinesStay(ends, { views: false, functions: false })).toEqual([]);
  });
});
