import type { OwnedStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';

const ADD = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
values ($1, $2, $3, $4, $5, $6)
on conflict (side, kind, object) do update
   set pipeline = excluded.pipeline, target = excluded.target, definition = excluded.definition`;

const REMOVE = `delete from sluice.owned where side = $1 and kind = $2 and object = $3`;

const LIST = `
select side, kind, object, definition
  from sluice.owned
 where pipeline = $1 and target = $2
 order by side, kind, object`;

interface Row {
  side: string;
  kind: string;
  object: string;
  definition: string | null;
}

export function ownedStore(db: StateDb): OwnedStore {
  return {
    async add(entry) {
      const { side, kind, object, pipeline, target, definition } = entry;
      await db.rows(ADD, [side, kind, object, pipeline, target, definition ?? null]);
    },
    async remove(side, kind, object) {
      await db.rows(REMOVE, [side, kind, object]);
    },
    async list(pipeline, target) {
      return db.rows<Row>(LIST, [pipeline, target]);
    },
  };
}
