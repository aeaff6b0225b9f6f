import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { SluiceError } from '../../core/errors.js';
import { sameTable } from '../../core/names.js';
import { engineConfigs } from '../../engines/registry.js';
import { openAsker, type Asker } from '../ask.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { askEndpoint } from '../init/ask-endpoint.js';
import {
  engineOf,
  parseDraft,
  readSource,
  readTarget,
  resolverFor,
  secretsOf,
  type SourceReading,
} from '../init/databases.js';
import { blankDraft, draftConfig, type Draft } from '../init/draft.js';
import type { Endpoint } from '../init/endpoint.js';
import { conflicting, writeEnvFile, type EnvEntry } from '../init/env-file.js';
import { propose, type Proposal } from '../init/proposal.js';
import { exitCodeOfFindings, findingText } from '../inspect/finding.js';
import { inspectPipeline } from '../inspect/inspect.js';
import { allFindings } from '../inspect/inspection.js';
import { acting, type Register } from '../register.js';
import { SilentExit } from '../report-error.js';
import { bytesText, countText } from '../text/amounts.js';
import { columns } from '../text/columns.js';

interface InitOptions {
  readonly sourceUrl?: string;
  readonly targetUrl?: string;
  readonly yes?: boolean;
  readonly overwrite?: boolean;
  readonly existing?: Draft['existing'];
}

export const register: Register = (program, cli) => {
  program
    .command('init')
    .description(
      'look at two databases and write the configuration that replicates one to the other',
    )
    .option('--source-url <url>', 'where rows come from')
    .option('--target-url <url>', 'where rows go')
    .option('--yes', 'do not ask; grants what replication needs to create')
    .option('--overwrite', 'replace a configuration that is there')
    .addOption(
      new Option('--existing <what>', 'what happens to target tables that have rows').choices([
        'refuse',
        'adopt',
        'overwrite',
      ]),
    )
    .action(acting(cli, (options: InitOptions) => init(cli, options)));
};

async function init(cli: CliContext, options: InitOptions): Promise<ExitCode> {
  const asker = openAsker(cli.io);
  try {
    const file = resolve(cli.io.cwd, cli.options.config ?? 'sluice.yaml');
    await mayReplace(asker, options, file, existsSync(file) ? `${file} is there already` : null);
    const source = await askEndpoint(cli, asker, 'source', options.sourceUrl ?? null);
    const target = await askEndpoint(cli, asker, 'target', options.targetUrl ?? null);
    const { draft, reading } = await investigate(cli, asker, options, source, target);
    await writeFiles(cli, asker, options, file, draft);
    cli.print(`Source: ${reading.identity.description}`);
    return await conclude(cli, draft.pipeline, file);
  } finally {
    asker.close();
  }
}

async function investigate(
  cli: CliContext,
  asker: Asker,
  options: InitOptions,
  source: Endpoint,
  target: Endpoint,
): Promise<{ draft: Draft; reading: SourceReading }> {
  const pipeline = cli.options.pipeline ?? pipelineName(source.keys.database ?? 'main');
  const blank = blankDraft(pipeline, source, target);
  const config = parseDraft(draftConfig(blank));
  const secrets = secretsOf([source, target]);
  // What may be switched on decides how a table can be followed.
  const sourceGrants = await grants(asker, options, source);
  const reading = await readSource(source, resolverFor(config, 'source', secrets), sourceGrants);
  const present = await readTarget(target, resolverFor(config, 'replica', secrets));
  if (present?.identity.database === reading.identity.database) throw sameDatabase();
  const proposal = propose(reading.models, engineOf(source).capabilities.feeds);
  if (proposal.include.length === 0) throw noTables();
  showProposal(cli, proposal);
  const overlap = reading.models.filter((model) =>
    present?.tables.some((table) => sameTable(table.name, model.name)),
  ).length;
  const draft: Draft = {
    ...blank,
    proposal,
    sourceGrants,
    createDatabase: await mayCreateDatabase(asker, options, present === null, target),
    existing: await existing(asker, options, overlap),
  };
  return { draft, reading };
}

/** The database's name as far as a pipeline may have it. */
export function pipelineName(database: string): string {
  const name = database.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
  return /^[A-Za-z]/.test(name) ? name : `p_${name}`.slice(0, 40);
}

function showProposal(cli: CliContext, proposal: Proposal): void {
  const head = ['table', 'mode', 'key', 'rows', 'size', 'why'].map((word) => cli.style.dim(word));
  const rows = proposal.tables.map((table) => [
    table.table,
    table.included ? table.mode : cli.style.yellow('left out'),
    table.key?.join(', ') ?? '-',
    `~${countText(table.rows)}`,
    bytesText(table.bytes),
    table.reason,
  ]);
  cli.print(columns([head, ...rows]));
}

/** The source engine's own switches for what Sluice may create there. */
async function grants(
  asker: Asker,
  options: InitOptions,
  source: Endpoint,
): Promise<Record<string, boolean>> {
  const keys = Object.entries(engineConfigs).find(([name]) => name === source.engine)?.[1].source;
  const answers: Record<string, boolean> = {};
  for (const key of Object.keys(keys ?? {}).filter((word) => /^(create|enable)/.test(word))) {
    const question = `May Sluice make what it needs on the source (${key})?`;
    answers[key] = options.yes === true || (await asker.yes(question, true));
  }
  return answers;
}

async function mayCreateDatabase(
  asker: Asker,
  options: InitOptions,
  missing: boolean,
  target: Endpoint,
): Promise<boolean> {
  if (!missing) return false;
  const name = target.keys.database ?? '';
  const question = `The target has no database ${name} yet. Create it at start?`;
  if (options.yes === true || (await asker.yes(question, true))) return true;
  throw new SluiceError('DATABASE_MISSING', `The target has no database ${name}.`, {
    remedy: 'Create it, or let Sluice create it.',
  });
}

async function existing(
  asker: Asker,
  options: InitOptions,
  overlap: number,
): Promise<Draft['existing']> {
  if (options.existing !== undefined) return options.existing;
  if (overlap === 0 || options.yes === true) return 'refuse';
  for (;;) {
    const question = `The target has ${String(overlap)} of these tables already. Rows in them: refuse, adopt or overwrite?`;
    const word = await asker.text(question, 'refuse');
    if (word === 'refuse' || word === 'adopt' || word === 'overwrite') return word;
  }
}

async function mayReplace(
  asker: Asker,
  options: InitOptions,
  file: string,
  problem: string | null,
): Promise<void> {
  if (problem === null || options.overwrite === true) return;
  if (options.yes !== true && asker.canAsk && (await asker.yes(`${problem}. Replace?`, false))) {
    return;
  }
  if (options.yes !== true && asker.canAsk) throw new SilentExit(EXIT.declined);
  throw new SluiceError('COMMAND_INVALID', `${problem}; nothing was written.`, {
    remedy: `Move it away, name another file with --config, or add --overwrite to replace ${file}.`,
  });
}

async function writeFiles(
  cli: CliContext,
  asker: Asker,
  options: InitOptions,
  file: string,
  draft: Draft,
): Promise<void> {
  const env = join(cli.io.cwd, '.env');
  const entries: EnvEntry[] = [draft.source, draft.target].flatMap(({ secret }) =>
    secret === null ? [] : [secret],
  );
  const taken = conflicting(env, entries);
  const problem = taken.length === 0 ? null : `${env} sets ${taken.join(' and ')} already`;
  await mayReplace(asker, options, env, problem);
  const text = draftConfig(draft);
  parseDraft(text);
  writeConfig(file, text);
  if (entries.length > 0) writeEnvFile(env, entries);
  cli.print(`Written: ${file}${entries.length > 0 ? `, ${env} (readable for you alone)` : ''}`);
}

/** First of the files: where it cannot be written, no password is left lying about. */
function writeConfig(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new SluiceError('COMMAND_INVALID', `${file} cannot be written; nothing was.`, {
      remedy: 'Make its folder, or name another file with --config.',
      cause,
    });
  }
}

/** What still stands in the way is said now, not when it is started. */
async function conclude(cli: CliContext, pipeline: string, file: string): Promise<ExitCode> {
  const { config } = await cli.load();
  const targets = Object.keys(config.pipelines[pipeline]?.targets ?? {});
  const inspection = await cli.use(pipeline, 'init', (session) =>
    inspectPipeline(session, targets),
  );
  const errors = allFindings(inspection).filter((finding) => finding.severity === 'error');
  for (const finding of errors) cli.note(findingText(finding, cli.style));
  const flag = cli.options.config === undefined ? '' : ` --config ${file}`;
  if (errors.length > 0) {
    cli.print(`Mend this first; sluice check${flag} looks again.`);
    return exitCodeOfFindings(errors);
  }
  cli.print(`Next: sluice dev${flag}, and in another terminal: sluice start${flag}`);
  return EXIT.ok;
}

function sameDatabase(): SluiceError {
  return new SluiceError('SOURCE_IS_TARGET', 'Source and target are the same database.', {
    remedy: 'Name another database as the target.',
  });
}

function noTables(): SluiceError {
  return new SluiceError('TABLE_UNKNOWN', 'The source has no table that could be replicated.', {
    remedy: 'Grant the login the right to see the tables, or look at the reasons above.',
  });
}
