import { defineConfig } from 'vitest/config';
import type { TestProjectConfiguration } from 'vitest/config';
import { calm } from './test/support/environment.js';
import LongestFirst from './test/support/longest-first.js';

calm(process.env);

/** As in test/support/wait-for.ts: on a machine that others use too, everything takes longer. */
const PATIENCE = Number(process.env.SLUICE_TEST_PATIENCE ?? 1);

const withServers = ['test/support/global-setup.ts'];

function project(
  name: string,
  globalSetup: string[],
  seconds: number,
  isolate = true,
): TestProjectConfiguration {
  return {
    test: {
      name,
      isolate,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup,
      testTimeout: seconds * 1000 * PATIENCE,
      hookTimeout: 240_000 * PATIENCE,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      // Nothing of a unit test outlives it, and loading the code anew for each of a hundred files
      // takes longer than the tests do.
      project('unit', [], 20, false),
      project('workflow', withServers, 120),
      project('integration', withServers, 120),
      project('conformance', withServers, 120),
      project('e2e', withServers, 900),
      project('replay', [], 60),
    ],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: { 'src/core/**/*.ts': { branches: 95 } },
    },
  },
});
