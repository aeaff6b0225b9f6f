import { describe, expect, it, vi } from 'vitest';
import { closeEach, runRoles } from '../../src/run-roles.js';

class Role {
  state: 'RUNNING' | 'DRAINING' | 'STOPPED' | 'FAILED' = 'RUNNING';
  #end: { resolve(): void; reject(error: Error): void } | undefined;

  run(): Promise<void> {
    return new Promise((resolve, reject) => (this.#end = { resolve, reject }));
  }

  getState() {
    return this.state;
  }

  shutdown(): void {
    if (this.state !== 'RUNNING') throw new Error(`Not running: ${this.state}`);
    this.state = 'DRAINING';
  }

  drained(): void {
    this.state = 'STOPPED';
    this.#end?.resolve();
  }

  fail(error: Error): void {
    this.state = 'FAILED';
    this.#end?.reject(error);
  }
}

describe('the roles of a worker', () => {
  it('all drain when one fails, and its error is told when they have', async () => {
    const [control, copy, stream] = [new Role(), new Role(), new Role()];
    const running = runRoles([control, copy, stream]);
    const told = vi.fn();
    const ended = running.ended.catch(told);
    copy.fail(new Error('first'));
    await vi.waitFor(() => expect(control.state).toBe('DRAINING'));
    stream.fail(new Error('second'));
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
    // A signal that comes meanwhile must not fail.
    running.shutdown();
    control.drained();
    await ended;
    expect(told).toHaveBeenCalledExactlyOnceWith(new Error('first'));
  });

  it('end with what they use, each whatever became of those before', async () => {
    const closed: string[] = [];
    const closing = [
      () => Promise.reject(new Error('the first')),
      () => closed.push('second'),
      () => Promise.reject(new Error('the third')),
      () => Promise.resolve(closed.push('fourth')),
    ];
    await expect(closeEach(closing)).rejects.toThrow('the first');
    expect(closed).toEqual(['second', 'fourth']);
  });
});
