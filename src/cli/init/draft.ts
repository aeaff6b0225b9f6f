/** The configuration that `init` writes; pure. */
import { Document, isMap, isScalar } from 'yaml';
import type { Endpoint } from './endpoint.js';
import type { Proposal } from './proposal.js';

export interface Draft {
  readonly pipeline: string;
  readonly source: Endpoint;
  readonly target: Endpoint;
  /** What Sluice may create on the source: keys of the source's engine. */
  readonly sourceGrants: Readonly<Record<string, boolean>>;
  readonly createDatabase: boolean;
  readonly existing: 'refuse' | 'adopt' | 'overwrite';
  readonly proposal: Pick<Proposal, 'include' | 'exclude' | 'settings' | 'tables'>;
}

/** Before anything is known of the databases. */
export function blankDraft(pipeline: string, source: Endpoint, target: Endpoint): Draft {
  return {
    pipeline,
    source,
    target,
    sourceGrants: {},
    createDatabase: false,
    existing: 'refuse',
    proposal: { include: ['*.*'], exclude: [], settings: {}, tables: [] },
  };
}

const HEAD = ` Written by sluice init. Passwords are in .env; docs/configuration.md names every key.
 Next: sluice dev (Temporal and a worker on this machine), then sluice start.`;

export function draftConfig(draft: Draft): string {
  const { proposal } = draft;
  const tables = {
    include: proposal.include,
    ...(proposal.exclude.length > 0 ? { exclude: proposal.exclude } : {}),
    ...(Object.keys(proposal.settings).length > 0 ? { settings: proposal.settings } : {}),
  };
  const document = new Document({
    version: 1,
    connections: { source: draft.source.written, replica: draft.target.written },
    pipelines: {
      [draft.pipeline]: {
        source: { connection: 'source', ...draft.sourceGrants },
        targets: { replica: { connection: 'replica', createDatabase: draft.createDatabase } },
        tables,
        ...(draft.existing === 'refuse' ? {} : { defaults: { existing: draft.existing } }),
      },
    },
  });
  document.commentBefore = HEAD;
  explain(document, draft);
  return document.toString({ lineWidth: 100 });
}

/** Why a table has settings of its own stands beside them. */
function explain(document: Document, draft: Draft): void {
  const path = ['pipelines', draft.pipeline, 'tables', 'settings'];
  const settings = document.getIn(path, true);
  if (!isMap(settings)) return;
  for (const pair of settings.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const table = draft.proposal.tables.find((one) => one.table === name);
    if (table !== undefined && isScalar(pair.key)) {
      pair.key.commentBefore = ` loaded as a whole: ${table.reason}`;
    }
  }
}
