import { Command } from 'commander';
import { nearest } from '../config/nearest.js';
import { CliContext, type GlobalOptions } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { reportError } from './report-error.js';
import { COMMANDS } from './commands/index.js';

const VERSION = '0.1.0';

/** Run one command line (without node and script); returns the exit code and never throws. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const { program, context } = buildProgram(io);
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    return reportError(thrown, io);
  }
}

export function buildProgram(io: Io): { program: Command; context: CliContext } {
  const program = new Command('sluice')
    .description('Replicates databases as durable Temporal workflows.')
    .version(VERSION)
    .option('--config <path>', 'file or folder of the configuration')
    .option('--pipeline <name>', 'pipeline (name or glob); needed where there are several')
    .option('--source <name>', 'only pipelines that read from this connection (name or glob)')
    .option('--target <name>', 'only this target (name or glob)')
    .option('--json', 'answer as JSON of a stable shape')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  const context = new CliContext(io, () => program.opts<GlobalOptions>());
  for (const register of COMMANDS) register(program, context);
  refuseUnknown(program);
  return { program, context };
}

function refuseUnknown(program: Command): void {
  program.on('command:*', (operands: readonly string[]) => {
    const [word = ''] = operands;
    const names = program.commands.map((command) => command.name());
    const meant = nearest(word, names) ?? 'help';
    program.error(
      `error: There is no command "${word}". Did you mean "${meant}"? ` +
        'sluice --help lists all commands.',
      { exitCode: EXIT.usage },
    );
  });
}
