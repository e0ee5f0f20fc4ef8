import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DependencyState } from '../../../../src/application/ports/dependency-check.js';
import { Readiness } from '../../../../src/interfaces/http/health/readiness.js';

/** A dependency whose state is set, and that counts how often it was asked. */
class Dependency {
  state: Promise<DependencyState> = Promise.resolve({ status: 'up' });
  asked = 0;

  constructor(readonly name: string) {}

  check() {
    this.asked += 1;
    return this.state;
  }
}

const kafka = () => new Dependency('kafka');
const down = Promise.resolve<DependencyState>({ status: 'down', detail: 'unreachable' });

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('readiness', () => {
  it('is up without dependencies', async () => {
    expect(await new Readiness(() => []).report()).toEqual({ status: 'up', checks: [] });
  });

  it.each([
    [true, 'down'],
    [false, 'degraded'],
  ])('with an unavailable dependency that is required (%s): %s', async (required, status) => {
    const dependency = kafka();
    dependency.state = down;

    const report = await new Readiness(() => [{ check: dependency, required }]).report();

    expect(report).toEqual({
      status,
      checks: [{ name: 'kafka', required, status: 'down', detail: 'unreachable' }],
    });
  });

  it('asks all dependencies concurrently', () => {
    const [slow, other] = [kafka(), kafka()];
    slow.state = new Promise(() => {});
    const readiness = new Readiness(() => [slow, other].map((check) => ({ check, required: true })));

    void readiness.report();

    expect([slow.asked, other.asked]).toEqual([1, 1]);
  });

  it('shares one round among callers, and its result for 500 ms', async () => {
    const dependency = kafka();
    const readiness = new Readiness(() => [{ check: dependency, required: true }]);

    await Promise.all([readiness.report(), readiness.report()]);
    jest.advanceTimersByTime(499);
    await readiness.report();
    expect(dependency.asked).toBe(1);

    jest.advanceTimersByTime(1);
    dependency.state = down;
    expect((await readiness.report()).status).toBe('down');
  });

  it('waits for a round that takes longer instead of starting another', async () => {
    const dependency = kafka();
    let respond: (state: DependencyState) => void = () => {};
    dependency.state = new Promise((resolve) => (respond = resolve));
    const readiness = new Readiness(() => [{ check: dependency, required: true }]);

    const first = readiness.report();
    jest.advanceTimersByTime(2_000);
    const second = readiness.report();
    respond({ status: 'up' });

    expect([(await first).status, (await second).status, dependency.asked]).toEqual(['up', 'up', 1]);
  });

  it('is down from the moment it is closed, for those who wait too', async () => {
    const readiness = new Readiness(() => [{ check: kafka(), required: true }]);
    const waiting = readiness.report();

    readiness.close();

    const shutdown = { name: 'shutdown', status: 'down', required: true, detail: 'shutdown has begun' };
    expect([await waiting, await readiness.report()]).toEqual([
      { status: 'down', checks: [shutdown] },
      { status: 'down', checks: [shutdown] },
    ]);
  });
});
