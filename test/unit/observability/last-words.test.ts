import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../src/observability/last-words.js';

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

const WORDS = new URL('../../../src/observability/last-words.ts', import.meta.url).href;
const LOGGER = new URL('../../../src/observability/logger.ts', import.meta.url).href;

/** A process that runs what is given, as it would without tests around it. */
function run(script: string): Promise<Ended> {
  const text = `import { endOnUncaught, sayLastWords } from '${WORDS}';
import { createLogger } from '${LOGGER}';
endOnUncaught();
${script}
setTimeout(() => undefined, 60_000);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', text];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, _out, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), said }),
    );
  });
}

/** As a driver throws it: values in its text, in its fields, and in a second line. */
const ROW = `Object.assign(new Error('the value "secret one"\\n    and "secret two"'), {
  code: '22P02', detail: 'Key (id)=(secret three)' })`;

describe('an error that nobody caught', () => {
  it.each([
    ['is thrown in a listener', `setImmediate(() => { throw ${ROW}; });`],
    ['is the end of a promise', `Promise.reject(${ROW});`],
  ])('ends the process with a sentence and no value when it %s', async (_how, script) => {
    const { code, said } = await run(script);
    expect(code).toBe(1);
    expect(said).toMatch(/^error: Something unforeseen ended this process.* \(Error 22P02 <- at /);
    expect(said).not.toContain('secret');
    expect(said.trim().split('\n')).toHaveLength(1);
  });

  it('is a line in the log of a process that has one, and those before it are not lost', async () => {
    const { code, said } = await run(`
const logger = createLogger('info');
sayLastWords((sentence, cause) => logger.error({ cause }, sentence));
logger.info({}, 'before');
setImmediate(() => { throw ${ROW}; });`);
    expect(code).toBe(1);
    // A line that is still being written when the process ends may come out behind the last one.
    const lines = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(lines.sort((a, b) => a.level - b.level)).toMatchObject([
      { level: 30, msg: 'before' },
      { level: 50, msg: expect.stringContaining('unforeseen') as string },
    ]);
    expect(said).not.toContain('secret');
  });
});

it('tells what was thrown by its kind, its code and its place', () => {
  expect(causeOf('a value')).toBe('string');
  const error = new TypeError('a value\n    at last a value');
  error.stack = `TypeError: a value\n    at last a value\n    at f (file.js:1:2)`;
  expect(causeOf(error)).toBe('TypeError <- at f (file.js:1:2)');
});
