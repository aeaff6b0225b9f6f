import type { ObjectChange, TableMapping } from '../../engines/contract/schema.js';
import type { PipelineSession } from '../../session/pipeline-session.js';

/** What was said of an object that Sluice leaves alone; said again only by another process. */
const told = new Set<string>();

/**
 * Foreign keys, views, functions and procedures of the tables that are visible, and sequences past
 * the source's. Idempotent; what Sluice did not make is left alone and said so once.
 */
export async function followSchema(session: PipelineSession, targetName: string): Promise<void> {
  const target = await session.target(targetName);
  const source = await session.source();
  const mappings = await visibleTables(session, targetName);
  const schema = await source.readSchema();
  const owner = { pipeline: session.pipeline, target: targetName };
  const { routines, foreignKeys } = session.config;
  const wanted = { ...routines, foreignKeys: foreignKeys !== 'none' };
  // Before what may take long (validating a key), and again for what that has made.
  await target.schema.alignSequences(schema, mappings);
  const changes = await target.schema.finishSchema(schema, mappings, owner, wanted);
  for (const change of changes.filter((one) => isNews(session, targetName, one))) {
    await target.state.journal.event({
      ...owner,
      level: change.action === 'left' ? 'warning' : 'info',
      kind: `schema.${change.action}`,
      message: change.message,
    });
  }
  if (changes.length > 0) await target.schema.alignSequences(schema, mappings);
}

async function visibleTables(
  session: PipelineSession,
  targetName: string,
): Promise<readonly TableMapping[]> {
  const target = await session.target(targetName);
  const rows = await target.state.tables.list(session.pipeline);
  return rows
    .filter((row) => row.target === targetName && row.phase === 'streaming')
    .map(({ source, targetTable }) => ({
      source,
      target: targetTable,
      asText: session.textsFor(targetName, source),
    }));
}

function isNews(session: PipelineSession, targetName: string, change: ObjectChange): boolean {
  if (change.action !== 'left') return true;
  const key = JSON.stringify([session.pipeline, targetName, change.object, change.message]);
  if (told.has(key)) return false;
  told.add(key);
  return true;
}
