import { defineConfig } from 'vitest/config';
import type { TestProjectConfiguration } from 'vitest/config';

const withServers = ['test/support/global-setup.ts'];

function project(name: string, globalSetup: string[], seconds: number): TestProjectConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup,
      testTimeout: seconds * 1000,
      hookTimeout: 120_000,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', [], 20),
      project('workflow', withServers, 120),
      project('integration', withServers, 120),
      project('conformance', withServers, 120),
      project('e2e', withServers, 300),
      project('replay', [], 60),
    ],
    reporters: ['default', './test/support/summary-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: { 'src/core/**/*.ts': { branches: 95 } },
    },
  },
});
