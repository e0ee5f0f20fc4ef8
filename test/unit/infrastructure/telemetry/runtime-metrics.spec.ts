import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Instruments, type Sample } from '../../../../src/infrastructure/telemetry/instruments.js';
import { watchRuntime } from '../../../../src/infrastructure/telemetry/runtime-metrics.js';

let instruments: Instruments;
let end: () => void;

async function samples(name: string): Promise<readonly Sample[]> {
  const found = instruments.all.find((each) => each.name === name);
  return found === undefined || found.kind === 'histogram' ? [] : [...(await found.read())];
}
const value = async (name: string) => (await samples(name))[0]?.value;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  instruments = new Instruments();
  end = watchRuntime(instruments);
});
afterEach(() => {
  end();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('the metrics of the runtime', () => {
  it('have the same utilization for all who read within ten seconds, and then that since the last of them', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    const sinceBefore = jest.spyOn(performance, 'eventLoopUtilization');
    sinceBefore.mockReturnValue({ active: 1, idle: 3, utilization: 0.25 });
    expect(await value('nodejs.eventloop.utilization')).toBe(0.25);

    sinceBefore.mockReturnValue({ active: 3, idle: 3, utilization: 0.5 });
    now.mockReturnValue(9_999);
    expect(await value('nodejs.eventloop.utilization')).toBe(0.25);
    now.mockReturnValue(10_000);
    expect(await value('nodejs.eventloop.utilization')).toBe(0.5);
  });

  it('have nothing for delays that were not measured yet', async () => {
    expect(await samples('nodejs.eventloop.delay.max')).toEqual([]);
  });

  it('count how long the event loop was blocked, from 0 on', async () => {
    end();
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    instruments = new Instruments();
    end = watchRuntime(instruments);
    expect(await value('nodejs.eventloop.blocked')).toBe(0);

    now.mockReturnValue(500 + 3_000);
    jest.advanceTimersByTime(500);

    expect(await value('nodejs.eventloop.blocked')).toBe(3);
  });

  it('have each kind of garbage collection from the start', () => {
    const collections = instruments.all.find(({ name }) => name === 'v8js.gc.duration');
    const series = collections?.kind === 'histogram' ? collections.series : [];

    expect(series.map(({ attributes }) => attributes['v8js.gc.type']).toSorted()).toEqual([
      'incremental',
      'major',
      'minor',
      'weakcb',
    ]);
  });

  it('have each space of the heap', async () => {
    const used = await samples('v8js.memory.heap.used');

    expect(used.map(({ attributes }) => attributes['v8js.heap.space.name'])).toContain('old_space');
  });

  it('end', async () => {
    end();
    const overdue = performance.now() + 5_000;
    jest.spyOn(performance, 'now').mockReturnValue(overdue);
    jest.advanceTimersByTime(500);

    expect(await value('nodejs.eventloop.blocked')).toBe(0);
  });
});
