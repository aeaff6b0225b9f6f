import type { Finding } from '../../engines/contract/schema.js';
import type { CliContext } from '../context.js';
import type { ExitCode } from '../exit-codes.js';
import { exitCodeOfFindings, findingText } from '../inspect/finding.js';
import { inspectControl } from '../inspect/inspect-control.js';
import { inspectPipeline } from '../inspect/inspect.js';
import { inspectTemporal } from '../inspect/inspect-temporal.js';
import { allFindings, type Inspection } from '../inspect/inspection.js';
import { acting, type Register } from '../register.js';
import { selectPipelines } from '../select.js';
import { plural } from '../text/amounts.js';

interface CheckOptions {
  readonly temporal: boolean;
  readonly all?: boolean;
}

/**
 * `--json`: { temporal: Finding[], controlTables: Finding[], pipelines: [{ pipeline, source, targets, findings }] }, where
 * source and targets[].description say which server answered, and a Finding is
 * { severity, code, subject, message, remedy? }.
 */
export const register: Register = (program, cli) => {
  program
    .command('check')
    .description('look at servers, permissions, feeds, tables and workers; changes nothing')
    .option('--no-temporal', 'only the databases')
    .option('--all', 'show also what is well')
    .action(acting(cli, (options: CheckOptions) => check(cli, options)));
};

async function check(cli: CliContext, options: CheckOptions): Promise<ExitCode> {
  const { loaded, findings: ofControl } = await inspectControl(cli);
  const { config } = loaded;
  const none = Object.keys(config.pipelines).length === 0 && config.controlTables !== undefined;
  const selected = none ? [] : selectPipelines(config, cli.options);
  const temporal = options.temporal ? inspectTemporal(cli) : Promise.resolve([]);
  const inspections: Inspection[] = [];
  for (const one of selected) {
    inspections.push(
      await cli.use(one.name, 'check', (session) => inspectPipeline(session, one.targets)),
    );
  }
  const ofTemporal = await temporal;
  const found: Found = { inspections, control: ofControl, temporal: ofTemporal };
  if (cli.json) cli.printJson(jsonOf(found));
  else say(cli, found, options.all === true);
  return exitCodeOfFindings(everything(found));
}

interface Found {
  readonly inspections: readonly Inspection[];
  readonly control: readonly Finding[];
  readonly temporal: readonly Finding[];
}

function everything({ inspections, control, temporal }: Found): Finding[] {
  return [...inspections.flatMap(allFindings), ...control, ...temporal];
}

function jsonOf({ inspections, control, temporal }: Found) {
  const pipelines = inspections.map((inspection) => ({
    pipeline: inspection.pipeline,
    source: inspection.source.description,
    targets: inspection.targets.map(({ name, description }) => ({ name, description })),
    findings: allFindings(inspection),
  }));
  return { temporal, controlTables: control, pipelines };
}

function say(cli: CliContext, found: Found, all: boolean): void {
  const { inspections, control, temporal } = found;
  for (const inspection of inspections) {
    cli.print(cli.style.bold(inspection.pipeline));
    const { description } = inspection.source;
    if (description !== null) cli.print(`  source: ${description}`);
    for (const target of inspection.targets) {
      if (target.description !== null) cli.print(`  ${target.name}: ${target.description}`);
    }
    list(cli, allFindings(inspection), all);
  }
  if (control.length > 0) cli.print(cli.style.bold('Control tables'));
  list(cli, control, all);
  if (temporal.length > 0) cli.print(cli.style.bold('Temporal'));
  list(cli, temporal, all);
  cli.print(conclusion(everything(found)));
}

function list(cli: CliContext, findings: readonly Finding[], all: boolean): void {
  const order = ['error', 'warning', 'info', 'ok'];
  const shown = findings.filter((finding) => all || finding.severity !== 'ok');
  shown.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  for (const finding of shown) cli.print(`  ${findingText(finding, cli.style)}`);
}

export function conclusion(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors === 0 && warnings === 0) return 'Everything is ready.';
  const parts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return `${parts.join(' and ')}.${errors > 0 ? ' Errors have to be mended before start.' : ''}`;
}
