import { describe, expect, it } from '@jest/globals';
import type { Usage } from '../chaos-history.js';
import { fitTrend } from '../trend.js';

const MINUTE_MS = 60_000;

/** A process that uses `amounts`, one a minute. */
function runOf(process: string, pid: number, amounts: readonly number[]): Usage[] {
  return amounts.map((handles, minute) => ({
    ...{ at: minute * MINUTE_MS, process, pid, handles },
    ...{ rssBytes: 0, peakRssBytes: 0, sockets: 0 },
  }));
}

const trend = (...runs: Usage[][]) => fitTrend(runs.flat(), 'consumer', ({ handles }) => handles);

describe('the trend of what processes use', () => {
  it('is what each minute brings', () => {
    expect(trend(runOf('consumer-1', 1, [10, 12, 14, 16]))).toEqual({ perMinute: 2, scatter: 0 });
  });

  it('leaves out the first minute of a process', () => {
    expect(trend(runOf('consumer-1', 1, [500, 20, 20, 20]))).toEqual({ perMinute: 0, scatter: 0 });
  });

  it('takes a process that was started again, and uses more, for another one', () => {
    const runs = [runOf('consumer-1', 1, [10, 10, 10]), runOf('consumer-1', 2, [90, 90, 90])];

    expect(trend(...runs)).toEqual({ perMinute: 0, scatter: 0 });
  });

  it('looks at the processes of one role', () => {
    expect(trend(runOf('api', 1, [1, 2, 3]), runOf('consumer-1', 2, [7, 7, 7]))?.perMinute).toBe(0);
  });

  it('has the scatter beside it', () => {
    expect(trend(runOf('consumer-1', 1, [0, 10, 12, 12, 10]))).toEqual({ perMinute: 0, scatter: 1 });
  });

  it('is none where no process ran for longer than a minute', () => {
    expect(trend(runOf('consumer-1', 1, [10, 12]))).toBeUndefined();
    expect(trend()).toBeUndefined();
  });
});
