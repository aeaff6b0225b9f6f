import { it } from 'vitest';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { sessionOf } from './sessions.js';
it('time', async () => {
  for (const v of ['14', '18'] as const) {
    const d = await createDatabase(sharedPostgres(v), 'many');
    for (let i = 0; i < 10; i++)
      await d.query(
        `DO $$ BEGIN FOR i IN ${i * 200}..${i * 200 + 199} LOOP EXECUTE format('CREATE TABLE t%s (id serial primary key, a int default 1, b text not null, c text, d numeric, e timestamptz default now(), f int references t%s, g jsonb check (g is not null))', i, i/2); END LOOP; END $$`
          .replace('references t%s', i === 0 ? '--' : 'references t%s')
          .replace('f int --, g', 'f int, g')
          .replace(', i, i/2)', i === 0 ? ', i)' : ', i, i/2)'),
      );
    const s = sessionOf(d.url);
    let t = Date.now();
    const m = await readTables(s);
    console.log(v, m.length, 'readTables', Date.now() - t);
    t = Date.now();
    await readSchema(s);
    console.log('readSchema', Date.now() - t);
    t = Date.now();
    await readTables(s, { only: [m[0]!.name], requires: false });
    console.log('one', Date.now() - t);
    const sizes = m.slice(0, 1).map((x) => x.fingerprint.length);
    console.log(sizes);
    await s.close();
    await d.drop();
  }
});
