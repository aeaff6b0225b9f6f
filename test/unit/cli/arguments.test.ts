import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { buildProgram, runCli } from '../../../src/cli/program.js';
import { selectWhole } from '../../../src/cli/select.js';
import { inFolder, load, VALID } from '../config/support.js';
import { memoryIo } from './memory-io.js';

async function run(argv: readonly string[], files: Readonly<Record<string, string>> = {}) {
  return inFolder(files, async (cwd) => {
    const io = memoryIo(cwd);
    const code = await runCli(argv, io);
    return { code, out: io.out(), err: io.err() };
  });
}

describe('the command line', () => {
  it('names the nearest command for one that does not exist', async () => {
    const { code, out, err } = await run(['statsu']);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('There is no command "statsu". Did you mean "status"?');
    expect(out).toBe('');
  });

  it.each([
    [['status', '--wtch'], "unknown option '--wtch'"],
    [['pause'], "missing required argument 'tables'"],
    [['wait', '--timeout', '5'], 'Write a whole number and a unit'],
    [['logs', '--level', 'loud'], 'Allowed choices are debug, info, warning, error'],
    [['worker', '--roles', 'control,cook'], '"cook" is none of control, copy, stream, verify'],
    [['schedule', 'add', 'verify', '--cron', 'daily'], 'Write five fields'],
    [['schedule', 'add', 'dance', '--cron', '0 3 * * *'], 'It is verify or full-sync'],
  ])('refuses %j with one message and exit code 2', async (argv, message) => {
    const { code, err } = await run(argv);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('prints help without arguments, and for --help', async () => {
    expect((await run([])).out).toContain('Usage: sluice');
    const { code, out } = await run(['status', '--help']);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('--watch');
  });

  it('has every command that is due', () => {
    const { program } = buildProgram(memoryIo('.'));
    const names = program.commands.map((command) => command.name());
    const due =
      'init check plan apply start stop status tables enable disable pause resume resync retry ' +
      'verify schedule wait remove errors logs state config dev worker';
    expect([...names].sort()).toEqual(due.split(' ').sort());
  });
});

describe('--target', () => {
  const two = VALID.replace('[replica]', '{ a: replica, b: { connection: replica } }');

  it.each(['start', 'stop', 'apply'])('is refused by %s where it means a part', async (word) => {
    const files = { 'sluice.yaml': two };
    const { code, err } = await run([word, '--target', 'b'], files);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(`${word} is for the pipeline shop with all its targets. Leave --target`);
    expect(err).toContain("sluice pause '*' --target b ");
  });

  it('that means all of them is no part', async () => {
    const { config } = await load(two);
    for (const target of [undefined, '*']) {
      const wanted = target === undefined ? {} : { target };
      expect(selectWhole(config, wanted, 'stop').map(({ name }) => name)).toEqual(['shop']);
    }
  });
});

describe('config', () => {
  it('validates a good file, also as JSON', async () => {
    const files = { 'sluice.yaml': VALID };
    expect((await run(['config', 'validate'], files)).code).toBe(EXIT.ok);
    const { out } = await run(['config', 'validate', '--json'], files);
    expect(JSON.parse(out)).toEqual({
      valid: true,
      files: ['sluice.yaml'],
      skipped: [],
      issues: [],
    });
  });

  it('names the place of an error and exits with 2', async () => {
    const files = { 'sluice.yaml': VALID.replace('targets:', 'tragets:') };
    const { code, out } = await run(['config', 'validate'], files);
    expect(code).toBe(EXIT.usage);
    expect(out).toMatch(/sluice\.yaml:\d+:\d+ .*tragets/);
  });

  it('prints the JSON Schema', async () => {
    const { code, out } = await run(['config', 'schema']);
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toHaveProperty('definitions');
  });

  it('says where to get a configuration when there is none', async () => {
    const { code, err } = await run(['status']);
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/sluice init.*CONFIG_NOT_FOUND, see docs\/troubleshooting\.md#config_not/);
  });

  it('names the nearest pipeline for one that does not exist', async () => {
    const files = { 'sluice.yaml': VALID };
    const { code, err } = await run(['status', '--pipeline', 'shpo'], files);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('There is no pipeline "shpo". Did you mean shop?');
  });
});
