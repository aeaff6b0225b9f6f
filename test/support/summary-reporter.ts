import type { Reporter, TestModule } from 'vitest/node';
import { skipReason } from './skip-reason.js';

/**
 * Ends the run with the reasons of all skipped tests, and with one line for people and scripts:
 * "N passed, N failed, N skipped".
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const result = test.result();
        if (result.state === 'passed' || result.state === 'failed') {
          counts[result.state] += 1;
          continue;
        }
        counts.skipped += 1;
        const note = result.state === 'skipped' ? result.note : undefined;
        const reason = skipReason(test.fullName, note);
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      // A file that could not be loaded has no tests, and is a failure all the same.
      if (tests.length === 0 && module.state() === 'failed') counts.failed += 1;
    }
    const lines = [...reasons].map(([reason, count]) => `skipped ${String(count)}: ${reason}`);
    const { passed, failed, skipped } = counts;
    lines.push(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
