import { expect, it } from 'vitest';
import { canonicalCell, canonicalHash } from '../../../../src/core/canonical.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { openSide, requestFor } from './verify-fixture.js';

const WORDS = ['Ähre; 1:', 'é', '', null];

describeEachPostgres('in a LATIN1 database of PostgreSQL %s', (version) => {
  it('the canonical text is that of UTF-8, with its length in bytes', async () => {
    const database = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'";
    const side = await openSide(version, 'verify_latin1', { database });
    try {
      await side.db.query(
        'CREATE SCHEMA app; CREATE TABLE app.t (code text PRIMARY KEY, word text)',
      );
      const expected = [];
      for (const [n, word] of WORDS.entries()) {
        const code = `ö${String(n)}`;
        await side.db.query('INSERT INTO app.t VALUES ($1, $2)', [code, word]);
        const key = canonicalCell('text', code);
        const hash = canonicalHash(`${key}${canonicalCell('text', word)}`).toString();
        expected.push({ key, hash });
      }
      const request = requestFor(['code', 'word'], ['code']);
      const found = await side.verify.rowsOfParts(request, ['']);
      expect([...found].sort((a, b) => a.key.localeCompare(b.key))).toEqual(expected);
      const [again] = await side.verify.rowsByKey(request, [expected[0]?.key ?? '']);
      expect(again).toMatchObject(expected[0] ?? {});
    } finally {
      await side.close();
    }
  });
});
