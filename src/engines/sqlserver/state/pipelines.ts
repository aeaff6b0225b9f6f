import type { PipelineRevision, PipelineStore } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';

const CURRENT = `
select top (1) revision, config_hash, body, source_identity, created_by
  from sluice.pipeline
 where pipeline = @pipeline and target = @target
 order by revision desc`;

/** Nothing is stored when the newest revision is not the expected one. */
const SAVE = `
insert into sluice.pipeline
       (pipeline, target, revision, config_hash, body, source_identity, created_by)
output inserted.revision
select @pipeline, @target, @revision, @hash, @body, @identity, @creator
 where isnull(@expected, -1) =
       (select isnull(max(revision), -1) from sluice.pipeline with (updlock, holdlock)
         where pipeline = @pipeline and target = @target)
   and not exists (select 1 from sluice.pipeline
                    where pipeline = @pipeline and target = @target and revision = @revision)`;

interface RevisionRow extends Record<string, unknown> {
  revision: string;
  config_hash: string;
  body: string;
  source_identity: string;
  created_by: string;
}

export function pipelineStore(db: StateDb): PipelineStore {
  return {
    async current(pipeline, target): Promise<PipelineRevision | null> {
      const params = [param.nvarchar('pipeline', pipeline), param.nvarchar('target', target)];
      const [row] = await db.query<RevisionRow>(CURRENT, params);
      if (row === undefined) return null;
      const body: unknown = JSON.parse(row.body);
      return {
        pipeline,
        target,
        revision: row.revision,
        configHash: row.config_hash,
        body,
        sourceIdentity: row.source_identity,
        createdBy: row.created_by,
      };
    },
    async save(revision, expected): Promise<boolean> {
      const saved = await db.query(SAVE, [
        param.nvarchar('pipeline', revision.pipeline),
        param.nvarchar('target', revision.target),
        param.bigint('revision', revision.revision),
        param.nvarchar('hash', revision.configHash),
        param.nvarchar('body', JSON.stringify(revision.body)),
        param.nvarchar('identity', revision.sourceIdentity),
        param.nvarchar('creator', revision.createdBy),
        param.bigint('expected', expected),
      ]);
      return saved.length === 1;
    },
  };
}
