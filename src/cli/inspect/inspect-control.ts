/** What `check` says of the control tables: whether they can be read, and what is wrong with rows. */
import { formatPath } from '../../config/issue.js';
import type { LoadedConfig } from '../../config/load.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { CliContext } from '../context.js';
import { findingOf } from './finding.js';

export async function inspectControl(
  cli: CliContext,
): Promise<{ loaded: LoadedConfig; findings: readonly Finding[] }> {
  const { loaded, failure } = await cli.tryLoad();
  const name = loaded.config.controlTables?.connection;
  if (name === undefined) return { loaded, findings: [] };
  if (failure !== null) return { loaded, findings: [findingOf(failure, name)] };
  const rows = loaded.rowIssues.map(({ issue }): Finding => {
    const { severity, file, path, message } = issue;
    return { severity, code: 'control.row', subject: file, message: `${path} ${message}.` };
  });
  const pipelines = loaded.controlPipelines.length;
  const read: Finding = {
    severity: pipelines === 0 ? 'info' : 'ok',
    code: 'control.tables',
    subject: formatPath(['connections', name]),
    message: `The rows of the control tables declare ${String(pipelines)} pipelines.`,
  };
  return { loaded, findings: [read, ...rows] };
}
