import { selects } from '../../config/select-pattern.js';
import { matchTables } from '../../config/table-glob.js';
import { formatTableName } from '../../config/table-name.js';
import type { TableName } from '../../core/names.js';
import { chooseMode } from '../../core/table-mode.js';
import { isAskedByConfig, offeredTables } from '../../session/discovered.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { unknownTable } from '../known-tables.js';
import { eachState } from '../read-state.js';
import { acting, type Register } from '../register.js';
import { selectPipelines } from '../select.js';
import { bytesText, countText } from '../text/amounts.js';
import { columns } from '../text/columns.js';

/**
 * `--json`: an array of { pipeline, target, table, targetTable, mode, load, phase, wanted, enabled,
 * discovered }, or with --discovered of { pipeline, table, included, offered, mode, reason, key,
 * rows, bytes, findings }: an offered table is shown in the targets, paused until it is enabled.
 */
export const register: Register = (program, cli) => {
  program
    .command('tables')
    .description('the tables that are replicated, or with --discovered all that the source has')
    .argument('[tables]', 'name or glob', '*')
    .option('--discovered', 'what the source has, and what would become of it')
    .action(
      acting(cli, (pattern: string, options: { discovered?: boolean }) =>
        options.discovered === true ? discovered(cli, pattern) : replicated(cli, pattern),
      ),
    );
};

async function replicated(cli: CliContext, pattern: string): Promise<ExitCode> {
  const known = await eachState(cli, 'tables', async ({ pipeline, target, state }) => {
    const rows = await state.tables.list(pipeline);
    return rows.filter((row) => row.target === target);
  });
  const rows = known.filter(
    (row) => selects(pattern, row.source) || selects(pattern, row.targetTable),
  );
  refuseUnknown(
    pattern,
    known.map((row) => row.source),
    rows.length,
    'What is replicated',
  );
  const shown = rows.map((row) => ({
    pipeline: row.pipeline,
    target: row.target,
    table: formatTableName(row.source),
    targetTable: formatTableName(row.targetTable),
    mode: row.mode,
    load: row.load,
    phase: row.phase,
    wanted: row.wanted,
    enabled: row.enabled,
    discovered: row.discovered,
  }));
  if (cli.json) cli.printJson(shown);
  else if (shown.length === 0) cli.print('No tables yet: sluice start, or tables --discovered.');
  else {
    const head = ['pipeline', 'table', 'target', 'mode', 'load', 'phase'];
    const cells = shown.map((row) => [
      row.pipeline,
      row.table,
      `${row.target}: ${row.targetTable}`,
      row.mode,
      row.load,
      phaseOf(row),
    ]);
    cli.print(columns([head.map((word) => cli.style.dim(word)), ...cells]));
  }
  return EXIT.ok;
}

/** Of nothing at all any pattern means nothing. */
function refuseUnknown(
  pattern: string,
  known: readonly TableName[],
  meant: number,
  where: string,
): void {
  if (known.length > 0 && meant === 0) throw unknownTable(pattern, known, where);
}

function phaseOf(row: { phase: string; enabled: boolean; discovered: boolean }): string {
  if (row.enabled) return row.phase;
  return row.discovered ? 'discovered, paused' : `${row.phase} (switched off)`;
}

async function discovered(cli: CliContext, pattern: string): Promise<ExitCode> {
  const found = [];
  for (const one of selectPipelines((await cli.load()).config, cli.options)) {
    found.push(...(await cli.use(one.name, 'tables', (session) => discover(session, pattern))));
  }
  if (cli.json) {
    cli.printJson(found);
    return EXIT.ok;
  }
  const head = ['table', 'included', 'mode', 'key', 'rows', 'size', 'remarks'];
  const cells = found.map((row) => [
    row.table,
    row.included ? 'yes' : row.offered ? 'paused' : 'no',
    row.mode,
    row.key === null ? '-' : row.key.join(', '),
    `~${countText(Math.max(0, row.rows))}`,
    bytesText(row.bytes),
    row.findings
      .filter((finding) => finding.severity !== 'ok' && finding.severity !== 'info')
      .map((finding) => finding.message)
      .join(' '),
  ]);
  cli.print(columns([head.map((word) => cli.style.dim(word)), ...cells]));
  return EXIT.ok;
}

async function discover(session: PipelineSession, pattern: string) {
  const all = await session.models();
  const models = all.filter((model) => selects(pattern, model.name));
  refuseUnknown(
    pattern,
    all.map((model) => model.name),
    models.length,
    'The source',
  );
  const { include, exclude } = session.config.tables;
  const names = models.map((model) => formatTableName(model.name));
  const shown = await offeredTables(session);
  const asked = shown.filter((name) => isAskedByConfig(session, name)).map(formatTableName);
  const offered = new Set(shown.map(formatTableName));
  const included = new Set([...matchTables(include, exclude, names), ...asked]);
  const [anyTarget = ''] = session.targetNames;
  return models.map((model) => {
    const settings = session.settings(anyTarget, model.name);
    const choice = chooseMode(settings.mode, model, {
      feeds: session.sourceEngine().capabilities.feeds,
      watermarkColumn: settings.watermark.column,
    });
    const table = formatTableName(model.name);
    return {
      pipeline: session.pipeline,
      table,
      included: included.has(table),
      offered: offered.has(table),
      mode: choice.mode,
      reason: choice.reason,
      key: model.key,
      rows: model.rowsEstimated,
      bytes: model.bytesEstimated,
      findings: model.findings,
    };
  });
}
