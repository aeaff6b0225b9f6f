import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  feedObjects,
  ownName,
  publicationComment,
  targetOfComment,
  targetOfSlot,
} from '../../../src/engines/postgres/feed/feed-names.js';
import { findBranch, parseLineage } from '../../../src/engines/postgres/feed/lineage.js';
import {
  comparePositions,
  distanceBetween,
  toPosition,
} from '../../../src/engines/postgres/feed/position.js';

describe('names of a feed', () => {
  it('are plain where they can be', () => {
    expect(ownName('shop', 'copy1')).toBe('sluice_shop_copy1');
  });

  it('are legal slot names of at most 63 bytes, and differ wherever pipeline or target do', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/);
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        expect(ownName(a, b)).toMatch(/^[a-z0-9_]{1,63}$/);
        expect(ownName(a, b) === ownName(c, d)).toBe(a === c && b === d);
      }),
    );
    expect(ownName('a_b', 'c')).not.toBe(ownName('a', 'b_c'));
    expect(ownName('Shop', 'copy')).not.toBe(ownName('shop', 'copy'));
  });

  it('tell the target that they serve, of their own pipeline only', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,19}$/);
    fc.assert(
      fc.property(name, name, name, (pipeline, target, other) => {
        const slot = ownName(pipeline, target);
        expect(targetOfSlot(pipeline, slot)).toBe(target);
        expect(targetOfSlot(other, slot)).toBe(other === pipeline ? target : null);
      }),
    );
    const comment = publicationComment({ pipeline: 'Shop EU', target: 'Main copy' });
    expect(targetOfComment('Shop EU', comment)).toBe('Main copy');
    expect(targetOfComment('Shop', comment)).toBeNull();
    expect(targetOfComment('shop', 'Made by a DBA.')).toBeNull();
  });

  it('given by a DBA are used and never created', () => {
    const name = {
      kind: 'cdc' as const,
      pipeline: 'shop',
      target: 'copy',
      publication: 'mine',
      mayCreate: true,
    };
    expect(feedObjects(name)).toEqual({
      publication: 'mine',
      slot: 'sluice_shop_copy',
      mayCreatePublication: false,
      mayCreateSlot: true,
    });
  });
});

describe('positions and lineages', () => {
  it('sort as text as they do as positions', () => {
    const lsn = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff));
    const text = ([high, low]: [number, number]) => `${high.toString(16)}/${low.toString(16)}`;
    fc.assert(
      fc.property(lsn, lsn, (a, b) => {
        const [left, right] = [toPosition(text(a)), toPosition(text(b))];
        expect(comparePositions(left, right)).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
    expect(distanceBetween('00000001/00000000', '00000001/00000010')).toBe(16);
    expect(distanceBetween('00000001/00000010', '00000001/00000000')).toBe(0);
  });

  it('find where a timeline was left in a history file', () => {
    const history = '1\t0/3000158\tno recovery target specified\n\n2\t0/5000000\tbefore x\n';
    expect(findBranch(history, 1)).toBe(0x3000158n);
    expect(findBranch(history, 2)).toBe(0x5000000n);
    expect(findBranch(history, 3)).toBeNull();
    expect(parseLineage('123/4')).toEqual({ system: '123', timeline: 4 });
    expect(() => parseLineage('nothing')).toThrow('lineage');
  });
});
