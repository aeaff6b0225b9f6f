import type { OwnedStore } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';

const REPLACE = `
update sluice.owned with (updlock, holdlock)
   set pipeline = @pipeline, target = @target, definition = @definition
output inserted.object
 where side = @side and kind = @kind and object = @object`;

const INSERT = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
values (@side, @kind, @object, @pipeline, @target, @definition)`;

const REMOVE = `
delete from sluice.owned where side = @side and kind = @kind and object = @object`;

const LIST = `
select side, kind, object, definition
  from sluice.owned
 where pipeline = @pipeline and target = @target
 order by side, kind, object`;

interface OwnedRecord extends Record<string, unknown> {
  side: string;
  kind: string;
  object: string;
  definition: string | null;
}

export function ownedStore(db: StateDb): OwnedStore {
  return {
    async add(entry) {
      const params = [
        ...objectParams(entry.side, entry.kind, entry.object),
        param.nvarchar('pipeline', entry.pipeline),
        param.nvarchar('target', entry.target),
        param.nvarchar('definition', entry.definition ?? null),
      ];
      await db.transaction(async (query) => {
        const replaced = await query(REPLACE, params);
        if (replaced.length === 0) await query(INSERT, params);
      });
    },
    async remove(side, kind, object) {
      await db.query(REMOVE, objectParams(side, kind, object));
    },
    async list(pipeline, target) {
      const params = [param.nvarchar('pipeline', pipeline), param.nvarchar('target', target)];
      return db.query<OwnedRecord>(LIST, params);
    },
  };
}

function objectParams(side: string, kind: string, object: string) {
  return [
    param.nvarchar('side', side),
    param.nvarchar('kind', kind),
    param.nvarchar('object', object),
  ];
}
