import { describe, expect, it, jest } from '@jest/globals';
import { retry } from '../../../src/kafka/retry.js';

const delayMs = () => 0;

describe('what is retried', () => {
  it('resolves with the first success, after a delay that depends on how often it failed', async () => {
    const work = jest.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('1'));
    work.mockRejectedValueOnce(new Error('2')).mockResolvedValue('done');
    const delays = jest.fn(delayMs);

    expect(await retry(work, { delayMs: delays })).toBe('done');
    expect(delays.mock.calls).toEqual([[1], [2]]);
  });

  it('rejects at once with an error that is not worth it', async () => {
    const error = new Error('no');
    const isWorthIt = jest.fn(() => false);
    const work = jest.fn(() => Promise.reject(error));

    await expect(retry(work, { delayMs, isWorthIt })).rejects.toBe(error);
    expect(work).toHaveBeenCalledTimes(1);
    expect(isWorthIt.mock.calls).toEqual([[error, 1]]);
  });

  it('rejects with the last error when the next attempt would begin after the deadline', async () => {
    let attempts = 0;
    const work = () => Promise.reject(new Error(`attempt ${++attempts}`));
    const settings = { delayMs: (attempt: number) => (attempt < 3 ? 0 : 1_000), deadlineMs: 500 };

    await expect(retry(work, settings)).rejects.toThrow('attempt 3');
  });

  it('retries work that throws before it returns a promise', async () => {
    const work = jest.fn<() => Promise<string>>().mockImplementationOnce(() => {
      throw new Error('at once');
    });
    work.mockResolvedValue('done');

    expect(await retry(work, { delayMs })).toBe('done');
  });
});
