import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  shell: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const job = z.object({
  'runs-on': z.string(),
  'timeout-minutes': z.number(),
  steps: z.array(step),
});
const { jobs } = z
  .object({
    jobs: z.object({
      test: job.extend({
        strategy: z.object({
          'fail-fast': z.boolean(),
          matrix: z.object({
            os: z.array(z.string()),
            node: z.array(z.number()),
            include: z.array(z.object({ os: z.string(), node: z.number() })),
          }),
        }),
      }),
      sqlserver: job,
    }),
  })
  .parse(parse(read('.github/workflows/ci.yml')));
const { matrix, ...strategy } = jobs.test.strategy;

const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json'))).scripts;

describe('the workflow of GitHub Actions', () => {
  it('runs one job on Linux, macOS and Windows, and goes on where one of them fails', () => {
    expect(matrix.os).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest']);
    expect(jobs.test['runs-on']).toBe('${{ matrix.os }}');
    expect(strategy['fail-fast']).toBe(false);
  });

  it('takes Node 20 and 22 on Linux', () => {
    const more = matrix.include.filter(({ os }) => os === 'ubuntu-latest');
    const versions = [...matrix.node, ...more.map(({ node }) => node)];
    expect(versions.toSorted((a, b) => a - b)).toEqual([20, 22]);
  });

  it('calls .ci/run on each of them, in the same words, and fails when it does', () => {
    const calls = jobs.test.steps.filter(({ run }) => run?.includes('.ci/run'));
    expect(calls).toEqual([{ run: 'bash .ci/run 2>&1 | tee ci.log', shell: 'bash' }]);
    // With the shell named, GitHub sets pipefail: the exit status is that of .ci/run.
  });

  it('has time for the suite, which takes 46 minutes on two cores', () => {
    for (const { 'timeout-minutes': limit } of Object.values(jobs)) {
      expect(limit).toBeGreaterThanOrEqual(120);
    }
  });

  it('gives the real SQL Servers what can run on them, by names that are there', () => {
    const named = jobs.sqlserver.steps.flatMap(({ run }) => run?.match(/\btest\/\S+/g) ?? []);
    expect(named.length).toBeGreaterThan(5);
    const files = readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' });
    const paths = files.map((path) => `test/${path.replaceAll('\\', '/')}`);
    expect(named.filter((name) => !paths.some((path) => path.startsWith(name)))).toEqual([]);
  });

  it('keeps the logs of a run that failed or was cut off', () => {
    const kept = jobs.test.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    expect(kept?.if).toBe('failure() || cancelled()');
    expect(kept?.with?.path).toMatch(/^ci\.log$/m);
  });
});

describe('.ci/run', () => {
  const lines = read('.ci/run').split('\n');

  it('ends with lint, the type check and the whole of npm test, on every system', () => {
    const wanted = [
      "stage 'build' npm run --silent build",
      "stage 'lint' npm run --silent lint",
      "stage 'typecheck' npm run --silent typecheck",
      'exec npm --silent test',
    ];
    // At the left edge: below no condition.
    expect(lines.filter((line) => wanted.includes(line))).toEqual(wanted);
    // Texts that only an end-to-end test sends are parsed too; those of a former run are not.
    expect(scripts.test?.split(' && ')).toEqual([
      'npm run --silent build',
      'npm run --silent lint:tsql -- --forget',
      'npm run --silent test:unit',
      'npm run --silent test:servers',
      'npm run --silent test:e2e:only',
      'npm run --silent lint:tsql -- --quiet',
    ]);
    for (const project of ['workflow', 'replay', 'integration', 'conformance']) {
      expect(scripts['test:servers']).toContain(`--project ${project}`);
    }
  });
});

describe('the scripts of package.json', () => {
  it('are words that cmd.exe of Windows takes as sh does', () => {
    const foreign = /['`$;|]|(?<!&)&(?!&)|\b(?:rm|cp|mv|mkdir|export) |^\w+=|&& \w+=/;
    const found = Object.entries(scripts).filter(([, script]) => foreign.test(script));
    expect(found).toEqual([]);
  });
});

describe('.gitattributes', () => {
  it('keeps the line ends that the tests and prettier compare', () => {
    expect(read('.gitattributes')).toMatch(/^\* text=auto eol=lf$/m);
  });
});
