import type { PipelineRevision, PipelineStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';

const CURRENT = `
select revision, config_hash, body, source_identity, created_by
  from sluice.pipeline
 where pipeline = $1 and target = $2
 order by revision desc
 limit 1`;

/** Nothing is stored when the newest revision is not the expected one. */
const SAVE = `
insert into sluice.pipeline
       (pipeline, target, revision, config_hash, body, source_identity, created_by)
select $1, $2, $3::bigint, $4, $5::jsonb, $6, $7
 where $8::bigint is not distinct from
       (select max(revision) from sluice.pipeline where pipeline = $1 and target = $2)
on conflict (pipeline, target, revision) do nothing
returning revision`;

interface RevisionRow {
  revision: string;
  config_hash: string;
  body: unknown;
  source_identity: string;
  created_by: string;
}

export function pipelineStore(db: StateDb): PipelineStore {
  return {
    async current(pipeline, target): Promise<PipelineRevision | null> {
      const [row] = await db.rows<RevisionRow>(CURRENT, [pipeline, target]);
      if (row === undefined) return null;
      return {
        pipeline,
        target,
        revision: row.revision,
        configHash: row.config_hash,
        body: row.body,
        sourceIdentity: row.source_identity,
        createdBy: row.created_by,
      };
    },
    async save(revision, expected): Promise<boolean> {
      const saved = await db.rows(SAVE, [
        revision.pipeline,
        revision.target,
        revision.revision,
        revision.configHash,
        JSON.stringify(revision.body),
        revision.sourceIdentity,
        revision.createdBy,
        expected,
      ]);
      return saved.length === 1;
    },
  };
}
