import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes. Vitest orders by size where it has no times, and some of these are short. */
const LONG = [
  'test/e2e/demo',
  'test/e2e/positions/moving-keys',
  'test/e2e/catalogue/policy',
  'test/e2e/crash/kill-worker',
  '/histories/',
];

/** What takes long begins first, so that a run does not end with one file on one processor. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((part) => moduleId.includes(part));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
